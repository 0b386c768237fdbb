// Envelope files: a text for people that gives back exactly what was written, and shows where it was harmed

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>

#include "spool/envelope.h"
#include "spool/envelope_text.h"
#include "unit/spool/samples.h"

namespace md::spool {
namespace {

WallTime at(int second) {
    return WallTime(std::chrono::seconds(1'795'602'600 + second));
}

Progress progress(int second, std::uint32_t recipient, Progress::Kind kind, const std::string& text) {
    Progress out;
    out.time = at(second);
    out.recipient = recipient;
    out.kind = kind;
    out.text = text;
    return out;
}

std::string sample_file() {
    auto deferred = progress(1, 0, Progress::Kind::deferred, "try #1 - later\r\n  \\");
    deferred.status = "4.4.1";
    deferred.next = at(300);
    auto made = progress(2, Progress::kWhole, Progress::Kind::made, "");
    made.child = QueueId(42);
    return write_envelope(test::full_envelope(), 1234) + write_progress(deferred) + write_progress(made) +
           write_progress(progress(3, 1, Progress::Kind::failed, "no such user"));
}

TEST(Envelope, ComesBackWithEveryField) {
    const auto back = read_envelope(sample_file());
    ASSERT_TRUE(back) << back.error().text << " in line " << back.error().line;
    EXPECT_EQ(back->envelope, test::full_envelope());
    EXPECT_EQ(back->message_size, 1234U);
    ASSERT_EQ(back->progress.size(), 3U);
    EXPECT_EQ(back->progress[0].text, "try #1 - later\r\n  \\");
    EXPECT_EQ(back->progress[0].status, "4.4.1");
    EXPECT_EQ(back->progress[0].next, at(300));
    EXPECT_EQ(back->progress[1].child, QueueId(42));
    EXPECT_EQ(back->progress[1].recipient, Progress::kWhole);
    EXPECT_EQ(back->damaged_lines, 0U);
}

TEST(Envelope, ARecipientThatWasExpandedIsFinishedAndItsTargetsAreRecipients) {
    auto envelope = test::full_envelope();
    const auto own = static_cast<std::uint32_t>(envelope.recipients.size());
    ASSERT_GT(own, 1U);
    auto unknown = progress(2, 1, Progress::Kind::target, "later@example.org");
    unknown.status = "4.3.0";
    const auto file = write_envelope(envelope, 1234) +
                      write_progress(progress(1, 1, Progress::Kind::target, "left@example.org")) +  // its writer died
                      write_progress(progress(2, 1, Progress::Kind::target, "ann@example.org")) +
                      write_progress(unknown) +
                      write_progress(progress(2, 1, Progress::Kind::forward, "x@elsewhere.test"));
    auto back = read_envelope(file);
    ASSERT_TRUE(back);
    EXPECT_EQ(back->envelope.recipients.size(), own) << "not closed";
    EXPECT_FALSE(back->states()[1].finished());

    back = read_envelope(file + write_progress(progress(2, 1, Progress::Kind::expanded, "3 " + std::to_string(own))) +
                         write_progress(progress(3, own, Progress::Kind::delivered, "")));
    ASSERT_TRUE(back);
    const auto& recipients = back->envelope.recipients;
    ASSERT_EQ(recipients.size(), own + 3);
    EXPECT_EQ(recipients[own].address, "ann@example.org");
    EXPECT_EQ(recipients[own].parameters, envelope.recipients[1].parameters);
    EXPECT_EQ(recipients[own].of, 1U);
    EXPECT_FALSE(recipients[own].forwarded || recipients[own].unresolved);
    EXPECT_TRUE(recipients[own + 1].unresolved);
    EXPECT_TRUE(recipients[own + 2].forwarded);
    const auto states = back->states();
    EXPECT_EQ(states[1].kind, RecipientState::Kind::expanded);
    EXPECT_EQ(states[own].kind, RecipientState::Kind::delivered);
    EXPECT_EQ(states[own + 1].kind, RecipientState::Kind::waiting);
    EXPECT_EQ(write_envelope(back->envelope, 1234), write_envelope(envelope, 1234)) << "they come from the progress";

    back =
        read_envelope(write_envelope(envelope, 1) + write_progress(progress(2, 1, Progress::Kind::target, "a@b.test")) +
                      write_progress(progress(2, 1, Progress::Kind::expanded, "2 " + std::to_string(own))) +
                      write_progress(progress(2, 9, Progress::Kind::expanded, "0 " + std::to_string(own))));
    ASSERT_TRUE(back);
    EXPECT_EQ(back->envelope.recipients.size(), own) << "one is missing, and there is no recipient 9";
    EXPECT_FALSE(back->states()[1].finished());
}

TEST(Envelope, ALostExpansionTakesNoNumbersOfAnother) {
    const auto envelope = test::full_envelope();  // of two
    const auto line = [](std::uint32_t of, Progress::Kind kind, const std::string& text) {
        return write_progress(progress(1, of, kind, text));
    };
    using Kind = Progress::Kind;
    const std::string lost = line(0, Kind::expanded, "2 2");
    const std::string before =
        write_envelope(envelope, 1) + line(0, Kind::target, "a@x.test") + line(0, Kind::target, "b@x.test");
    const std::string after = line(1, Kind::target, "c@x.test") + line(1, Kind::expanded, "1 4") +
                              line(2, Kind::delivered, "") + line(4, Kind::deferred, "later");
    const auto whole = read_envelope(before + lost + after);
    ASSERT_TRUE(whole);
    EXPECT_EQ(whole->envelope.recipients[4].address, "c@x.test");
    EXPECT_EQ(whole->states()[2].kind, RecipientState::Kind::delivered);

    auto damaged = lost;
    damaged[5] ^= 1;
    const auto rest = read_envelope(before + damaged + after);
    ASSERT_TRUE(rest);
    ASSERT_EQ(rest->envelope.recipients.size(), 5U);
    EXPECT_EQ(rest->envelope.recipients[4].address, "c@x.test");
    const auto states = rest->states();
    EXPECT_FALSE(states[0].finished()) << "it is expanded again";
    EXPECT_TRUE(states[2].finished() && states[3].finished()) << "nobody has these numbers";
    EXPECT_EQ(states[4].last_reply, "later");
}

TEST(Envelope, IsPrintableTextLineByLine) {
    for (const char c : sample_file()) EXPECT_TRUE(c == '\n' || static_cast<unsigned char>(c) >= 0x20);
}

TEST(Envelope, CutAnywhereLosesOnlyTheLastLineOrIsNoEnvelope) {
    const auto file = sample_file();
    const auto fixed = write_envelope(test::full_envelope(), 1234).size();
    for (std::size_t size = 0; size < file.size(); ++size) {
        const auto back = read_envelope(std::string_view(file).substr(0, size));
        ASSERT_EQ(back.has_value(), size >= fixed) << size;
        if (!back) continue;
        EXPECT_EQ(back->envelope, test::full_envelope());
        EXPECT_EQ(back->damaged_lines, 0U);
        const auto lines = static_cast<std::size_t>(
            std::count(file.begin() + static_cast<long>(fixed), file.begin() + static_cast<long>(size), '\n'));
        EXPECT_EQ(back->progress.size(), lines);
        EXPECT_EQ(back->complete_size, file.rfind('\n', size == 0 ? 0 : size - 1) + 1);
    }
}

TEST(Envelope, EveryFlippedBitIsSeen) {
    const auto file = sample_file();
    const auto whole = read_envelope(file);
    ASSERT_TRUE(whole);
    for (std::size_t bit = 0; bit < file.size() * 8; ++bit) {
        auto damaged = file;
        damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ 1 << bit % 8);
        const auto back = read_envelope(damaged);
        if (!back) continue;
        EXPECT_EQ(back->envelope, whole->envelope) << bit;
        EXPECT_TRUE(back->damaged_lines > 0 || back->complete_size < file.size()) << bit;
        for (const auto& one : back->progress)
            EXPECT_NE(std::find(whole->progress.begin(), whole->progress.end(), one), whole->progress.end()) << bit;
    }
}

TEST(Envelope, StatesAreTheSumOfProgress) {
    const auto back = read_envelope(sample_file());
    ASSERT_TRUE(back);
    const auto states = back->states();
    ASSERT_EQ(states.size(), 2U);
    EXPECT_EQ(states[0].kind, RecipientState::Kind::waiting);
    EXPECT_EQ(states[0].attempts, 1U);
    EXPECT_EQ(states[0].next_attempt, at(300));
    EXPECT_EQ(states[1].kind, RecipientState::Kind::failed);
    EXPECT_EQ(states[1].last_reply, "no such user");
    EXPECT_TRUE(states[1].finished());
}

TEST(Envelope, TheOtherHostAndTheDialogueWithItAreKept) {
    auto refused = progress(1, 0, Progress::Kind::failed, "550 5.1.1 unknown");
    refused.host = "mx.example.com [192.0.2.1]";
    refused.transcript = ">>> RCPT TO:<x@example.com>\n<<< 550 5.1.1 unknown\n";
    const auto line = write_progress(refused);
    EXPECT_EQ(line.find('\n'), line.size() - 1) << line;
    const auto back = read_envelope(write_envelope(test::full_envelope(), 1) + line);
    ASSERT_TRUE(back);
    EXPECT_EQ(back->progress.at(0), refused);
    const auto state = back->states()[0];
    EXPECT_EQ(state.host, refused.host);
    EXPECT_EQ(state.transcript, refused.transcript);
}

TEST(Envelope, AttemptsWithoutAnEndAreCounted) {
    StoredEnvelope stored;
    stored.progress.push_back(progress(1, Progress::kWhole, Progress::Kind::attempted, ""));
    stored.progress.push_back(progress(2, 0, Progress::Kind::deferred, ""));
    EXPECT_EQ(stored.unfinished_attempts(), 0U);
    stored.progress.push_back(progress(3, Progress::kWhole, Progress::Kind::attempted, ""));
    stored.progress.push_back(progress(4, Progress::kWhole, Progress::Kind::attempted, ""));
    EXPECT_EQ(stored.unfinished_attempts(), 2U);
}

TEST(Envelope, KeysOfLaterReleasesArePassedOver) {
    const auto back = read_envelope(sample_file());
    ASSERT_TRUE(back);
    EXPECT_EQ(parse_time("2026-11-25T10:30:00.123456Z"), back->envelope.arrived);
    EXPECT_FALSE(parse_time("2026-02-30T10:30:00.123456Z"));
    EXPECT_FALSE(parse_time("2026-11-25T10:30:00Z"));
}

TEST(Envelope, EscapesGiveBackWhatTheyWereMadeOf) {
    for (const std::string text : {"", " ", "a b", "\\", "\\e", "\n\r\0x", "\x7f\x80\xff", "#-*"})
        for (const bool words : {false, true}) EXPECT_EQ(unescape(escape(text, words)), text);
    for (const auto* text : {"\\", "\\x", "\\x4", "\\x41", "\\xZZ", "a\tb"}) EXPECT_FALSE(unescape(text)) << text;
}

std::string fixture(const std::string& name) {
    const char* source = std::getenv("srcdir");
    std::ifstream in(std::string(source != nullptr ? source : ".") + "/tests/fixtures/envelope/" + name,
                     std::ios::binary);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

TEST(Envelope, WhatAnAdministratorWantsIsReadAndWritten) {
    const auto file = fixture("v1-orders.env");
    const auto back = read_envelope(file);
    ASSERT_TRUE(back) << back.error().text;
    EXPECT_EQ(back->damaged_lines, 0U);
    EXPECT_EQ(back->envelope.route, "smtp:[192.0.2.1]:2525");
    EXPECT_EQ(back->tried_until(), parse_rfc3339("2026-11-26T12:00:00Z"));
    EXPECT_EQ(back->states().at(0).next_attempt, parse_rfc3339("2026-11-25T12:00:00Z"));
    ASSERT_EQ(back->wishes().size(), 2U);
    for (const auto& one : back->wishes()) EXPECT_NE(file.find("\n" + write_progress(one)), std::string::npos);
    auto envelope = back->envelope;
    EXPECT_EQ(write_envelope(envelope, back->message_size), file.substr(0, file.find("2026-11-25T10:30:01")));
    envelope.route.clear();
    EXPECT_EQ(envelope, test::full_envelope());
}

TEST(Envelope, FileOfTheFirstReleaseIsStillRead) {
    const auto file = fixture("v1.env");
    const auto back = read_envelope(file);
    ASSERT_TRUE(back) << back.error().text;
    EXPECT_EQ(back->envelope, test::full_envelope());
    EXPECT_EQ(back->progress.size(), 3U);
}

}  // namespace
}  // namespace md::spool
