// tests/unit/mdqueue/examination_test.cc - a held message as a real filter is shown it, and what it makes of it

#include "mdqueue/examination.h"

#include <gtest/gtest.h>

#include "support/lossy_files.h"
#include "unit/milter/filter_room.h"

namespace md::mdqueue {
namespace {

using milter::Answer;
using milter::HeaderChange;
using spool::Verdict;

constexpr const char* kText =
    "Return-Path: <alice@example.net>\n"
    "Received: from [192.0.2.1] by mail.example.org\n"
    "Subject: hello\n"
    "Received: from far away\n"
    "\n"
    "one\n"
    "two\n";

struct ExaminationTest : testing::Test {
    ExaminationTest() {
        stored.envelope.id = QueueId(1);
        stored.envelope.reverse_path = "alice@example.net";
        stored.envelope.relay_from = std::string("Return-Path: <alice@example.net>\n").size();
        stored.envelope.recipients.emplace_back("anna@example.org");
        stored.envelope.recipients.emplace_back("bert@example.org");
        stored.envelope.client.ip = "192.0.2.1";
        stored.envelope.client.helo = "client.example.net";
        stored.envelope.client.account = "alice@example.net";
        stored.envelope.client.origin = spool::Origin::submission;
        stored.envelope.unfiltered = true;
        files.put("/m", kText);
        stored.message_size = std::string(kText).size();
    }
    async::Task<void> ask(std::vector<milter::Endpoint> endpoints, Examined& out) {
        const auto file = files.open("/m", OpenMode::read);
        milter::Chain chain(endpoints, milter::Settings());
        async::WorkerPool pool(1);
        Examination::Message message{&stored, file.get()};
        Examination examination(chain, pool, "mail.example.org", message);
        out = co_await examination.examine();
    }
    async::Task<void> serve(net::Stream& stream) {
        milter::ServerSettings settings;
        settings.offer_verdicts = true;
        settings.answer_each_step = true;
        settings.actions = 0x3f;
        (void)co_await milter::serve(stream, filter, settings);
    }
    Examined examine() {
        Examined out;
        milter::test::FilterRoom room([this](net::Stream& stream) { return serve(stream); });
        room.run([&](milter::Endpoint) {
            std::vector<milter::Endpoint> endpoints{room.own()};
            return ask(std::move(endpoints), out);
        });
        return out;
    }
    test::LossyFiles files;
    spool::StoredEnvelope stored;
    milter::test::RecordingFilter filter;
};

TEST_F(ExaminationTest, TheFilterSeesWhatTheClientSent) {
    const auto examined = examine();
    EXPECT_EQ(examined.kind, Examined::Kind::judged);
    EXPECT_FALSE(examined.envelope.unfiltered);
    std::string steps;
    for (const auto& step : filter.steps) steps += step + "\n";
    for (const auto* part : {"192.0.2.1", "client.example.net", "<alice@example.net>", "<anna@example.org>",
                             "<bert@example.org>", "Subject", "far away", "one\r\ntwo\r\n"})
        EXPECT_NE(steps.find(part), std::string::npos) << part << "\n" << steps;
    EXPECT_EQ(steps.find("by mail.example.org"), std::string::npos) << "our own trace field";
    EXPECT_EQ(steps.find("Return-Path"), std::string::npos);
}

TEST_F(ExaminationTest, ItsCountsAreThoseOfTheHeaderItSaw) {
    HeaderChange change;
    change.kind = HeaderChange::Kind::change;
    change.name = "Received";
    change.index = 1;
    change.value = "x";
    filter.outcome.headers.push_back(change);
    change.kind = HeaderChange::Kind::insert;
    change.index = 0;
    filter.outcome.headers.push_back(change);
    const auto edits = examine().envelope.edits;
    ASSERT_EQ(edits.size(), 2U);
    EXPECT_EQ(edits[0].index, 2U);
    EXPECT_EQ(edits[1].index, 1U);
}

TEST_F(ExaminationTest, VerdictsAreByRecipient) {
    milter::RecipientVerdict verdict;
    verdict.recipient = 1;
    verdict.action = milter::RecipientVerdict::Action::quarantine;
    verdict.reason = "spam";
    filter.outcome.verdicts.push_back(verdict);
    const auto recipients = examine().envelope.recipients;
    EXPECT_EQ(recipients.at(0).verdict.action, Verdict::Action::accept);
    EXPECT_EQ(recipients.at(1).verdict.action, Verdict::Action::quarantine);
    EXPECT_EQ(recipients.at(1).verdict.reason, "spam");
}

TEST_F(ExaminationTest, ARefusedRecipientGoesToQuarantine) {
    filter.answers["rcpt <anna@example.org>"] = Answer(Answer::Kind::reject, "550 5.7.1 no");
    const auto recipients = examine().envelope.recipients;
    EXPECT_EQ(recipients.at(0).verdict.action, Verdict::Action::quarantine);
    EXPECT_EQ(recipients.at(0).verdict.reason, "550 5.7.1 no");
    EXPECT_EQ(recipients.at(1).verdict.action, Verdict::Action::accept);
}

TEST_F(ExaminationTest, ARefusedMessageGoesThereForAll) {
    filter.answers["mail"] = Answer(Answer::Kind::reject, "550 5.7.1 no");
    for (const auto& one : examine().envelope.recipients) {
        EXPECT_EQ(one.verdict.action, Verdict::Action::quarantine);
        EXPECT_EQ(one.verdict.reason, "550 5.7.1 no");
    }
}

TEST_F(ExaminationTest, ADiscardAndABodyAreHeeded) {
    filter.outcome.body = "new\r\nbody";
    EXPECT_EQ(examine().body, "new\nbody\n");
    filter.outcome.answer = Answer(Answer::Kind::discard);
    EXPECT_EQ(examine().kind, Examined::Kind::discarded);
}

TEST_F(ExaminationTest, WithoutAFilterItIsAway) {
    Examined out;
    async::Loop loop;
    auto body = [&](async::Scope&) {
        std::vector<milter::Endpoint> endpoints{*milter::Endpoint::parse("unix:/nowhere/filter.sock")};
        return ask(std::move(endpoints), out);
    };
    loop.run(async::scoped(body));
    EXPECT_EQ(out.kind, Examined::Kind::away);
    EXPECT_NE(out.reason.find("/nowhere/filter.sock"), std::string::npos);
}

}  // namespace
}  // namespace md::mdqueue
