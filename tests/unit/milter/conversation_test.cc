// tests/unit/milter/conversation_test.cc - milter/client.h and milter/server.h with each other

#include <gtest/gtest.h>

#include "unit/milter/filter_room.h"

namespace md::milter {
namespace {

using async::Task;
using test::a_client;
using test::FilterRoom;
using test::no_macros;
using test::RecordingFilter;
using test::words;
using Kind = Answer::Kind;
using Steps = std::vector<std::string>;

Task<void> serve_recording(net::Stream* stream, RecordingFilter* filter, ServerSettings settings, ServerEnd* end) {
    *end = co_await serve(*stream, *filter, settings);
}

struct Both {
    explicit Both(bool offer_verdicts = true) {
        settings.offer_verdicts = offer_verdicts;
        settings.actions = 0x1ff;
    }
    test::Serve serve() {
        return [this](net::Stream& stream) { return serve_recording(&stream, &filter, settings, &end); };
    }

    RecordingFilter filter;
    ServerSettings settings;
    ServerEnd end = ServerEnd::malformed;
};

struct Said {
    std::vector<Answer> answers;
    Outcome outcome;

    [[nodiscard]] Kind kind(std::size_t at) const { return answers.at(at).kind; }
};

Task<void> introduce(Client* client, Said* said) {
    auto answer = co_await client->connect(a_client(), no_macros());
    said->answers.push_back(answer);
    answer = co_await client->helo("mx.example.net", no_macros());
    said->answers.push_back(answer);
}

Task<void> send_message(Client* client, Said* said) {
    const auto from = words("<alice@example.net>", "SIZE=99");
    auto answer = co_await client->mail(from, no_macros());
    said->answers.push_back(answer);
    for (const char* const to : {"<bob@example.org>", "<carol@example.org>"}) {
        const auto path = words(to);
        answer = co_await client->rcpt(path, no_macros());
        said->answers.push_back(answer);
    }
    answer = co_await client->data(no_macros());
    answer = co_await client->header("Subject", " hello\n\tworld");
    answer = co_await client->header("X-Empty", "");
    answer = co_await client->end_of_header(no_macros());
    answer = co_await client->body("one\r\n");
    answer = co_await client->body("two\r\n");
    said->answers.push_back(answer);
    said->outcome = co_await client->end_of_message(no_macros());
}

Task<void> whole_session(Endpoint endpoint, Said* said) {
    Client client(endpoint, Settings());
    co_await introduce(&client, said);
    co_await send_message(&client, said);
    client.quit();
}

Said talk_to(FilterRoom& room, const Endpoint& endpoint) {
    Said said;
    room.run([&](const Endpoint&) { return whole_session(endpoint, &said); });
    return said;
}

const Steps kWholeSession{"connect mx.example.net 4 192.0.2.7 4711",
                          "helo mx.example.net",
                          "mail <alice@example.net> SIZE=99",
                          "rcpt <bob@example.org>",
                          "rcpt <carol@example.org>",
                          "data",
                          "header Subject: hello\n\tworld",
                          "header X-Empty:",
                          "eoh",
                          "body one\r\n",
                          "body two\r\n",
                          "end",
                          "over"};

TEST(MilterConversation, TheFilterSeesEachStepAsItWasSent) {
    Both both;
    FilterRoom room(both.serve());
    const auto said = talk_to(room, room.own());
    EXPECT_EQ(both.filter.steps, kWholeSession);
    EXPECT_EQ(said.outcome.answer.kind, Kind::proceed);
    EXPECT_EQ(both.end, ServerEnd::quit);
    EXPECT_EQ(room.connections(), 1);
}

TEST(MilterConversation, CarriesEveryChangeOfTheOutcome) {
    Both both;
    auto& outcome = both.filter.outcome;
    HeaderChange insert;
    insert.kind = HeaderChange::Kind::insert;
    insert.index = 1;
    insert.name = "X-Judged";
    insert.value = " yes";
    HeaderChange remove;
    remove.kind = HeaderChange::Kind::change;
    remove.index = 2;
    remove.name = "Received";
    outcome.headers = {insert, remove};
    outcome.added_recipients = {"dave@example.org"};
    outcome.deleted_recipients = {"carol@example.org"};
    outcome.reverse_path = "";
    outcome.body = std::string(kBodyChunk + 10, 'x');
    outcome.quarantine = "looks odd";
    RecipientVerdict verdict;
    verdict.recipient = 1;
    verdict.action = RecipientVerdict::Action::junk;
    verdict.score_hundredths = -250;
    verdict.reason = "because";
    outcome.verdicts = {verdict};
    FilterRoom room(both.serve());
    const auto got = talk_to(room, room.own()).outcome;
    EXPECT_TRUE(both.filter.verdicts);
    ASSERT_EQ(got.headers.size(), 2u);
    EXPECT_EQ(got.headers[0].kind, HeaderChange::Kind::insert);
    EXPECT_EQ(got.headers[0].index, 1u);
    EXPECT_EQ(got.headers[0].value, " yes");
    EXPECT_EQ(got.headers[1].name, "Received");
    EXPECT_EQ(got.headers[1].value, "");
    EXPECT_EQ(got.added_recipients, outcome.added_recipients);
    EXPECT_EQ(got.deleted_recipients, outcome.deleted_recipients);
    EXPECT_EQ(got.reverse_path, "");
    EXPECT_EQ(got.body, outcome.body);
    EXPECT_EQ(got.quarantine, "looks odd");
    ASSERT_EQ(got.verdicts.size(), 1u);
    EXPECT_EQ(got.verdicts[0].recipient, 1u);
    EXPECT_EQ(got.verdicts[0].score_hundredths, -250);
    EXPECT_EQ(got.verdicts[0].reason, "because");
}

TEST(MilterConversation, VerdictsByRecipientAreOnlyForOurOwnSocket) {
    Both both;
    both.filter.outcome.verdicts.resize(1);
    FilterRoom room(both.serve());
    const auto said = talk_to(room, room.foreign());
    EXPECT_FALSE(both.filter.verdicts);
    EXPECT_EQ(said.outcome.answer.kind, Kind::proceed);
    EXPECT_TRUE(said.outcome.verdicts.empty());
}

TEST(MilterConversation, ARefusedRecipientLeavesTheMessage) {
    Both both;
    both.filter.answers["rcpt <bob@example.org>"] = Answer(Kind::reject, "550 5.7.1 not 100% welcome");
    FilterRoom room(both.serve());
    const auto said = talk_to(room, room.own());
    EXPECT_EQ(said.kind(3), Kind::reject);
    EXPECT_EQ(said.answers[3].reply, "550 5.7.1 not 100% welcome");
    EXPECT_EQ(said.kind(4), Kind::proceed);
    EXPECT_EQ(said.outcome.answer.kind, Kind::proceed);
    EXPECT_EQ(both.filter.steps.back(), "over");
}

TEST(MilterConversation, ARefusedSenderEndsTheMessageAndNothingMoreIsSent) {
    Both both;
    both.filter.answers["mail"] = Answer(Kind::temp_fail, "451 4.7.1 later");
    FilterRoom room(both.serve());
    const auto said = talk_to(room, room.own());
    EXPECT_EQ(said.kind(2), Kind::temp_fail);
    EXPECT_EQ(said.kind(3), Kind::temp_fail);
    EXPECT_EQ(said.outcome.answer.reply, "451 4.7.1 later");
    EXPECT_EQ(both.filter.steps, (Steps{kWholeSession[0], kWholeSession[1], kWholeSession[2], "over"}));
}

TEST(MilterConversation, AnAcceptedSenderEndsTheQuestions) {
    Both both;
    both.filter.answers["mail"] = Answer(Kind::accept);
    FilterRoom room(both.serve());
    const auto said = talk_to(room, room.own());
    EXPECT_EQ(said.kind(3), Kind::accept);
    EXPECT_EQ(said.outcome.answer.kind, Kind::accept);
    EXPECT_EQ(both.filter.steps.size(), 4u);
}

TEST(MilterConversation, WhatIsSaidWhereNobodyWaitsIsGivenAtTheNextReply) {
    for (const char* const step : {"connect", "helo", "data", "header", "eoh", "body"}) {
        Both both;
        both.filter.answers[step] = Answer(Kind::reject, "554 5.7.1 no");
        FilterRoom room(both.serve());
        const auto said = talk_to(room, room.own());
        EXPECT_EQ(said.outcome.answer.kind, Kind::reject) << step;
        EXPECT_EQ(said.outcome.answer.reply, "554 5.7.1 no") << step;
    }
}

Task<void> two_messages(Endpoint endpoint, Said* said) {
    Client client(endpoint, Settings());
    co_await introduce(&client, said);
    const auto from = words("<>");
    const auto answer = co_await client.mail(from, no_macros());
    said->answers.push_back(answer);
    co_await client.abort();
    co_await send_message(&client, said);
    client.quit();
}

TEST(MilterConversation, AnAbortedMessageIsOverAndTheNextBegins) {
    Both both;
    FilterRoom room(both.serve());
    Said said;
    room.run([&](const Endpoint&) { return two_messages(room.own(), &said); });
    ASSERT_EQ(both.filter.steps.size(), kWholeSession.size() + 2);
    EXPECT_EQ(both.filter.steps[2], "mail <>");
    EXPECT_EQ(both.filter.steps[3], "over");
    EXPECT_EQ(both.filter.steps[4], "mail <alice@example.net> SIZE=99");
}

TEST(MilterConversation, AConnectionRefusedForGoodRefusesEveryMessage) {
    Both both;
    both.filter.answers["connect"] = Answer(Kind::reject, "550 5.7.1 go away");
    FilterRoom room(both.serve());
    Said said;
    room.run([&](const Endpoint&) { return two_messages(room.own(), &said); });
    EXPECT_EQ(said.kind(2), Kind::reject);
    EXPECT_EQ(said.kind(3), Kind::reject) << "the next message too";
}

Task<void> with_macros(Endpoint endpoint, Said* said) {
    Client client(endpoint, Settings());
    co_await introduce(&client, said);
    std::vector<Macro> macros;
    macros.push_back({"{auth_authen}", "alice"});
    const auto from = words("<alice@example.net>");
    auto answer = co_await client.mail(from, macros);
    const auto to = words("<bob@example.org>");
    answer = co_await client.rcpt(to, no_macros());
    answer = co_await client.end_of_header(no_macros());
    said->outcome = co_await client.end_of_message(no_macros());
    co_await send_message(&client, said);
    client.quit();
}

TEST(MilterConversation, MacrosOfAMessageEndWithIt) {
    Both both;
    both.filter.wanted_macro = "{auth_authen}";
    FilterRoom room(both.serve());
    Said said;
    room.run([&](const Endpoint&) { return with_macros(room.own(), &said); });
    EXPECT_EQ(std::count(both.filter.steps.begin(), both.filter.steps.end(), "macro alice"), 1);
    EXPECT_EQ(std::count(both.filter.steps.begin(), both.filter.steps.end(), "macro "), 1);
}

Task<void> session_with_patience(Endpoint endpoint, Said* said, Settings settings) {
    Client client(endpoint, settings);
    co_await introduce(&client, said);
    co_await send_message(&client, said);
    client.quit();
}

TEST(MilterConversation, AJudgeThatTakesLongKeepsTheMtaWaiting) {
    Both both;
    both.settings.progress_interval = std::chrono::milliseconds(10);
    both.filter.end_takes = std::chrono::milliseconds(120);
    FilterRoom room(both.serve());
    Said said;
    Settings settings;
    settings.end_timeout = std::chrono::milliseconds(60);
    room.run([&](const Endpoint&) { return session_with_patience(room.own(), &said, settings); });
    EXPECT_EQ(said.outcome.answer.kind, Kind::proceed) << said.outcome.answer.reply;
}

TEST(MilterConversation, ProgressDoesNotLastForEver) {
    Both both;
    both.settings.progress_interval = std::chrono::milliseconds(10);
    both.filter.end_takes = std::chrono::seconds(30);
    FilterRoom room(both.serve());
    Said said;
    Settings settings;
    settings.progress_limit = std::chrono::milliseconds(60);
    room.run([&](const Endpoint&) { return session_with_patience(room.own(), &said, settings); });
    EXPECT_EQ(said.outcome.answer.kind, Kind::unavailable);
}

}  // namespace
}  // namespace md::milter
