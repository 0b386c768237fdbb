// tests/unit/mdqueue/record_work_test.cc - where a record of a journal goes

#include "mdqueue/record_work.h"

#include <cerrno>

#include "log/counter.h"
#include "mdqueue/recipient_round.h"
#include "unit/mdqueue/queue_world.h"

namespace md::mdqueue {
namespace {

using test::TestHands;
using Waiting = std::map<std::uint64_t, std::string>;
using spool::Verdict;

struct RecordWorkTest : test::QueueWorld {
    RecordPointer record(const spool::Envelope& one) {
        receive({one});
        return only();
    }
    bool handle(const RecordPointer& record) { return test::run_task(work->handle(record)); }
};

/// Attempts take their time.
struct SlowRecordWorkTest : RecordWorkTest {
    SlowRecordWorkTest() { hands.turns = 3; }

    bool handle_slowly(const RecordPointer& record) { return loop.run(work->handle(record)); }

    async::Loop loop;
};

TEST_F(RecordWorkTest, AMessageForMailboxesHereTouchesNoSpool) {
    const auto one = record(envelope(1, {"anna@example.org", "bert@example.org"}));
    EXPECT_TRUE(handle(one));
    ASSERT_EQ(hands.calls.size(), 2U);
    EXPECT_EQ(hands.calls[0].octets, text(1));
    EXPECT_EQ(hands.calls[0].shared, "");
    EXPECT_EQ(hands.calls[1].shared, "/store/anna@example.org") << "the second shares the first one's file";
    EXPECT_EQ(waiting(), Waiting());
    EXPECT_TRUE(one->kept.empty());
}

std::vector<std::string> many() {
    std::vector<std::string> all;
    for (unsigned i = 0; i < 100; ++i) all.push_back("u" + std::to_string(i) + "@example.org");
    return all;
}

TEST_F(SlowRecordWorkTest, ManyMailboxesAreServedBesideEachOtherFromOneFile) {
    hands.answers["u0@example.org"] = {TestHands::deferred()};
    hands.answers["u7@example.org"] = {TestHands::deferred()};
    EXPECT_TRUE(handle_slowly(record(envelope(1, many()))));
    EXPECT_EQ(hands.calls.size(), 100U);
    EXPECT_EQ(hands.most_at_once, RecipientRound::kAtOnce);
    for (std::size_t i = 2; i < hands.calls.size(); ++i) EXPECT_NE(hands.calls[i].shared, "");
    const auto states = spool->read("incoming", QueueId(1))->states();
    for (std::size_t i = 0; i < states.size(); ++i) EXPECT_EQ(states[i].finished(), i != 0 && i != 7) << i;
}

TEST_F(SlowRecordWorkTest, AFaultWhileOthersAreServedLeavesAllToBeDoneAnew) {
    const auto one = record(envelope(1, many()));
    hands.cannot_expand = "u50@example.org";
    EXPECT_THROW((void)handle_slowly(one), SystemError);
    EXPECT_EQ(one->how, How::anew);
    const auto before = hands.calls.size();
    hands.cannot_expand.clear();
    EXPECT_TRUE(handle_slowly(one));
    ASSERT_EQ(hands.calls.size(), before + 100);
    for (auto i = before; i < hands.calls.size(); ++i) EXPECT_EQ(hands.calls[i].how, How::anew);
    EXPECT_EQ(waiting(), Waiting());
}

TEST_F(SlowRecordWorkTest, WhoMeansAMailboxThatIsBeingServedSharesItsEnd) {
    for (const auto* alias : {"a1@example.org", "a2@example.org"})
        hands.meanings[alias].targets = {TestHands::mailbox("bert@example.org"),
                                         TestHands::mailbox("carl@example.org")};
    hands.answers["bert@example.org"] = {TestHands::deferred()};
    EXPECT_TRUE(handle_slowly(record(envelope(1, {"anna@example.org", "a1@example.org", "a2@example.org"}))));
    EXPECT_EQ(hands.calls.size(), 3U) << "anna, bert, carl";
    const auto states = spool->read("incoming", QueueId(1))->states();
    ASSERT_EQ(states.size(), 7U);
    EXPECT_EQ(states[3].next_attempt, hands.time + std::chrono::minutes(1));
    EXPECT_EQ(states[5].next_attempt, states[3].next_attempt);
    EXPECT_EQ(states[4].kind, spool::RecipientState::Kind::delivered);
    EXPECT_EQ(states[6].kind, spool::RecipientState::Kind::delivered);
}

TEST_F(RecordWorkTest, WhatIsNotFinishedWaitsWithWhatIsKnown) {
    hands.answers["bert@example.org"] = {TestHands::deferred()};
    hands.answers["dora@example.org"] = {TestHands::failed()};
    const auto one =
        record(envelope(1, {"anna@example.org", "bert@example.org", "carl@example.com", "dora@example.org"}));
    EXPECT_TRUE(handle(one));
    EXPECT_EQ(waiting(), (Waiting{{1, "incoming"}}));
    const auto states = spool->read("incoming", QueueId(1))->states();
    EXPECT_EQ(states[0].kind, spool::RecipientState::Kind::delivered);
    EXPECT_EQ(states[1].next_attempt, hands.time + std::chrono::minutes(1));
    EXPECT_EQ(states[2].attempts, 0U);
    EXPECT_EQ(states[3].kind, spool::RecipientState::Kind::failed);
    EXPECT_EQ(content("incoming", QueueId(1)), text(1));
    ASSERT_EQ(one->kept.size(), 1U);
    EXPECT_EQ(one->kept[0].due, hands.time) << "a report is due, and a relay";
}

/// What "all@example.org" means.
delivery::Expansion everyone() {
    delivery::Expansion out;
    for (const auto* name : {"anna@example.org", "bert@example.org", "carl@example.org"})
        out.targets.push_back(TestHands::mailbox(name));
    auto& elsewhere = out.targets.emplace_back();
    elsewhere.kind = delivery::Target::Kind::remote;
    elsewhere.address = "x@elsewhere.test";
    elsewhere.forwarded = true;
    auto& gone = out.targets.emplace_back();
    gone.kind = delivery::Target::Kind::nowhere;
    gone.address = "gone@example.org";
    gone.status = {5, 1, 1};
    gone.reason = "no such user here";
    return out;
}

TEST_F(RecordWorkTest, AGroupIsItsMembersEachServedOnce) {
    hands.meanings["all@example.org"] = everyone();
    hands.answers["bert@example.org"] = {TestHands::deferred()};
    EXPECT_TRUE(handle(record(envelope(1, {"anna@example.org", "all@example.org"}))));
    std::string tried;
    for (const auto& call : hands.calls) tried += call.address + " ";
    EXPECT_EQ(tried, "anna@example.org bert@example.org carl@example.org ");
    EXPECT_EQ(waiting(), (Waiting{{1, "incoming"}}));
    const auto stored = *spool->read("incoming", QueueId(1));
    std::string all;
    const auto states = stored.states();
    for (std::size_t i = 0; i < states.size(); ++i)
        all += stored.envelope.recipients[i].address + " " + std::string(spool::name(states[i].kind)) + "\n";
    EXPECT_EQ(all,
              "anna@example.org delivered\nall@example.org expanded\nanna@example.org delivered\n"
              "bert@example.org waiting\ncarl@example.org delivered\nx@elsewhere.test waiting\n"
              "gone@example.org failed\n");
}

TEST_F(RecordWorkTest, AGroupThatIsServedWholeTouchesNoSpool) {
    auto all = everyone();
    all.targets.resize(3);
    hands.meanings["all@example.org"] = all;
    EXPECT_TRUE(handle(record(envelope(1, {"all@example.org"}))));
    EXPECT_EQ(hands.calls.size(), 3U);
    EXPECT_EQ(hands.calls[2].shared, "/store/bert@example.org");
    EXPECT_EQ(waiting(), Waiting());
}

TEST_F(RecordWorkTest, HeaderEditsAreMadeOnTheWay) {
    auto edited = envelope(1, {"anna@example.org", "carl@example.com"});
    auto& edit = edited.edits.emplace_back();
    edit.kind = mail::HeaderEdit::Kind::change;
    edit.index = 1;
    edit.name = "Subject";
    edit.value = " new";
    EXPECT_TRUE(handle(record(edited)));
    const std::string expected = "Return-Path: <alice@example.net>\nSubject: new\n\nbody\n";
    EXPECT_EQ(hands.calls.at(0).octets, expected);
    EXPECT_EQ(content("remote", QueueId(1)), expected);
    EXPECT_TRUE(spool->read("remote", QueueId(1))->envelope.edits.empty());
}

TEST_F(RecordWorkTest, RefusedCopiesLieApartAndDiscardedOnesNowhere) {
    auto judged = envelope(1, {"anna@example.org", "bert@example.org", "carl@example.org"});
    judged.recipients[1].verdict.action = Verdict::Action::quarantine;
    judged.recipients[2].verdict.action = Verdict::Action::discard;
    const auto one = record(judged);
    const auto& counted = log::counter_page()[static_cast<std::size_t>(Counter::messages_quarantined)];
    const auto before = counted.load();
    EXPECT_TRUE(handle(one));
    EXPECT_EQ(counted.load(), before + 1);
    const auto apart = QueueId(1).child("quarantine", 0);
    EXPECT_EQ(waiting(), (Waiting{{apart.value(), "quarantine"}}));
    const auto copy = spool->read("quarantine", apart)->envelope;
    EXPECT_EQ(copy.parent, QueueId(1));
    ASSERT_EQ(copy.recipients.size(), 1U);
    EXPECT_EQ(copy.recipients[0].address, "bert@example.org");
    ASSERT_EQ(hands.calls.size(), 1U);
    EXPECT_EQ(hands.calls[0].address, "anna@example.org");
}

TEST_F(RecordWorkTest, WhatWasNotFilteredIsHeld) {
    auto one = envelope(1, {"anna@example.org"});
    one.unfiltered = true;
    EXPECT_TRUE(handle(record(one)));
    EXPECT_EQ(waiting(), (Waiting{{1, "holding"}}));
    EXPECT_TRUE(hands.calls.empty());
}

TEST_F(RecordWorkTest, WhatCannotBeReadGoesToBadAsItIs) {
    auto one = record(envelope(1, {"anna@example.org"}));
    one->raw = "damaged";
    EXPECT_TRUE(handle(one));
    EXPECT_EQ(waiting(), (Waiting{{1, "bad"}}));
    EXPECT_NE(content("bad", QueueId(1)).find("Subject: 1"), std::string::npos);
    EXPECT_EQ(hands.sink.count(Event::QueueBad), 1U);
}

TEST_F(RecordWorkTest, AfterAFaultItIsDoneAnewAndOnce) {
    const auto one = record(envelope(1, {"carl@example.com", "anna@example.org"}));
    files.fail_operation(test::Operation::write, EIO);
    EXPECT_THROW((void)handle(one), SystemError);
    EXPECT_EQ(one->how, How::anew);
    EXPECT_TRUE(handle(one));
    EXPECT_EQ(hands.calls.back().how, How::anew);
    spool->sync();
    files.cut_now();
    files.restart(test::Restart::forget);
    writer.reset();
    start(kBoot + 1);
    EXPECT_EQ(waiting(), (Waiting{{1, "remote"}}));
    EXPECT_EQ(content("remote", QueueId(1)), text(1));
    EXPECT_EQ(one->kept.at(0).destination, "example.com");
}

TEST_F(RecordWorkTest, AProcessThatEndsLeavesTheRestToTheNext) {
    hands.answers["anna@example.org"] = {TestHands::deferred("4.3.0")};
    hands.is_ending = true;
    EXPECT_FALSE(handle(record(envelope(1, {"anna@example.org"}))));
    EXPECT_EQ(waiting(), Waiting());
}

}  // namespace
}  // namespace md::mdqueue
