// tests/unit/mdqueue/message_work_test.cc - one try of a message that waits

#include "mdqueue/message_work.h"

#include <cerrno>

#include "log/counter.h"
#include "mdqueue/message_plan.h"
#include "spool/queue_act.h"
#include "unit/mdqueue/queue_world.h"

namespace md::mdqueue {
namespace {

using test::TestHands;
using Waiting = std::map<std::uint64_t, std::string>;
using std::chrono::minutes;

struct MessageWorkTest : test::QueueWorld {
    const QueueId report_id = QueueId(1).child("dsn", 0);
};

TEST_F(MessageWorkTest, ADeliveredMessageGoesAfterTheSync) {
    put("incoming", envelope(1, {"anna@example.org"}));
    const auto ending = try_message(1, "incoming");
    EXPECT_FALSE(ending.kept);
    EXPECT_EQ(hands.syncs, 1U);
    EXPECT_EQ(hands.calls.at(0).how, How::look);
    EXPECT_EQ(waiting(), Waiting());
}

TEST_F(MessageWorkTest, ATryCostsNoSyncOfItsOwn) {
    hands.answers["bert@example.org"] = {TestHands::deferred(), TestHands::deferred()};
    put("incoming", envelope(1, {"anna@example.org", "bert@example.org"}));
    put("incoming", envelope(2, {"anna@example.org"}));
    const auto before = files.counters().syncs();
    (void)try_message(1, "incoming");
    (void)try_message(1, "retry");
    (void)try_message(2, "incoming");
    EXPECT_EQ(files.counters().syncs(), before + 1) << "the folder that retry needs";
    EXPECT_TRUE(spool->is_behind());
}

TEST_F(MessageWorkTest, AReportIsTriedWhenItsMessageNamesItOnDisk) {
    put("incoming", envelope(1, {"nobody@example.org"}));
    hands.answers["nobody@example.org"] = {TestHands::failed()};
    std::vector<std::string> at_syncs;
    hands.during_sync = [&] {
        const auto stored = spool->read("incoming", QueueId(1));
        const auto report = spool->read("incoming", report_id);
        at_syncs.push_back(std::to_string(stored->progress.size()) + (report ? " report" : ""));
    };
    EXPECT_EQ(try_message(1, "incoming").made.size(), 1U);
    EXPECT_EQ(at_syncs, (std::vector<std::string>{"1", "1 report", "2 report"}));
}

TEST_F(MessageWorkTest, AReportWhoseSyncFailedIsMadeOnceAllTheSame) {
    for (unsigned failing = 1; failing <= 3; ++failing) {
        const QueueId id(10 + failing);
        put("incoming", envelope(id.value(), {"nobody@example.org"}));
        hands.answers["nobody@example.org"] = {TestHands::failed()};
        unsigned count = 0;
        hands.during_sync = [&] {
            if (++count != failing) return;
            history->begin();
            history->end(false);
        };
        const auto ending = try_message(id.value(), "incoming");
        EXPECT_TRUE(ending.doubtful) << failing;
        EXPECT_TRUE(ending.made.empty()) << failing;
        hands.during_sync = nullptr;
        const auto again = try_message(id.value(), "incoming", true);
        EXPECT_EQ(again.made.size(), 1U) << failing;
    }
}

TEST_F(MessageWorkTest, AnEnvelopeWithoutItsMessageIsSaid) {
    put("incoming", envelope(1, {"anna@example.org"}));
    files.unlink(spool->message_path("incoming", QueueId(1)));
    EXPECT_THROW((void)try_message(1, "incoming"), CorruptFile);
}

TEST_F(MessageWorkTest, OtherSitesGetTheMessageWithoutItsReturnPath) {
    put("remote", envelope(1, {"carl@example.com", "dora@example.com", "erik@example.net"}));
    EXPECT_FALSE(try_message(1, "remote").kept);
    ASSERT_EQ(hands.sent.size(), 2U);
    EXPECT_EQ(hands.sent[0].destination, "example.com");
    EXPECT_EQ(hands.sent[0].recipients, "carl@example.com dora@example.com");
    EXPECT_EQ(hands.sent[0].octets, "Subject: 1\n\nbody\n");
    EXPECT_EQ(waiting(), Waiting());
    EXPECT_EQ(hands.syncs, 2U) << "what was sent is on disk before it is forgotten";
}

TEST_F(MessageWorkTest, WhatGoesTheSameWayGoesTogether) {
    hands.routes = {{"example.com", "route *"}, {"example.net", "route *"}};
    hands.the_rules.remote_recipients = 2;
    put("remote", envelope(1, {"carl@example.com", "erik@example.net", "dora@example.com"}));
    EXPECT_FALSE(try_message(1, "remote").kept);
    ASSERT_EQ(hands.sent.size(), 2U);
    EXPECT_EQ(hands.sent[0].recipients, "carl@example.com erik@example.net");
    EXPECT_EQ(hands.sent[1].recipients, "dora@example.com");
}

TEST_F(MessageWorkTest, ByAnAdministratorsRouteAllOfItGoesTogether) {
    put("retry", envelope(1, {"anna@example.org", "carl@example.com", "erik@example.net"}));
    (void)spool::act(*spool, QueueId(1), spool::Act::reroute, "smtp:[192.0.2.9]", hands.time, spool::Durable::now);
    EXPECT_FALSE(try_message(1, "retry").kept);
    ASSERT_EQ(hands.sent.size(), 1U);
    EXPECT_EQ(hands.sent[0].destination, "route smtp:[192.0.2.9]");
    EXPECT_EQ(hands.sent[0].recipients, "carl@example.com erik@example.net");
    EXPECT_EQ(hands.sent[0].route, "smtp:[192.0.2.9]");
    EXPECT_EQ(hands.calls.size(), 1U) << "who is here is served as ever";
}

TEST_F(MessageWorkTest, ARouteThatWasTakenBackCountsNoMore) {
    put("retry", envelope(1, {"carl@example.com"}));
    for (const auto* route : {"example.net", ""})
        (void)spool::act(*spool, QueueId(1), spool::Act::reroute, route, hands.time, spool::Durable::now);
    EXPECT_FALSE(try_message(1, "retry").kept);
    EXPECT_EQ(hands.sent.at(0).destination, "example.com");
    EXPECT_EQ(hands.sent.at(0).route, "");
}

/// An administrator's word on when.
spool::Order when(std::optional<WallTime> next, std::optional<WallTime> expire) {
    spool::Order order(spool::Act::schedule);
    order.next = next;
    order.expire = expire;
    return order;
}

TEST_F(MessageWorkTest, AnAdministratorsEndOfItsTimeIsOne) {
    put("retry", envelope(1, {"anna@example.org"}));
    const auto end = hands.time + minutes(3);
    (void)spool::act(*spool, QueueId(1), when(std::nullopt, end), hands.time, spool::Durable::now);
    hands.answers["anna@example.org"] = {TestHands::deferred(), TestHands::deferred(), TestHands::deferred()};
    EXPECT_EQ(try_message(1, "retry").kept->due, hands.time + minutes(1));
    hands.time += minutes(1);
    EXPECT_EQ(try_message(1, "retry").kept->due, end) << "the next try would be behind it";
    hands.time = end;
    Ending ending;
    Trying trying;
    test::run_task(messages->handle(QueueId(1), "retry", trying, ending));
    EXPECT_FALSE(ending.kept) << "tried though nobody asks for it before its next time";
    EXPECT_EQ(ending.made.size(), 1U);
}

TEST_F(MessageWorkTest, AnEndThatIsFarLetsItWaitLongerThanOthers) {
    put("retry", envelope(1, {"anna@example.org"}));
    const auto end = hands.time + 2 * hands.the_rules.expire;
    (void)spool::act(*spool, QueueId(1), when(std::nullopt, end), hands.time, spool::Durable::now);
    hands.time += hands.the_rules.expire + minutes(1);
    hands.answers["anna@example.org"] = {TestHands::deferred()};
    EXPECT_EQ(try_message(1, "retry").kept->state, "retry");
}

TEST_F(MessageWorkTest, WhatIsFrozenDoesNotHurryBecauseItsTimeIsOver) {
    hands.frozen.set({{spool::Freezes::Kind::domain, "example.org"}});
    put("retry", envelope(1, {"anna@example.org"}));
    (void)spool::act(*spool, QueueId(1), when(std::nullopt, hands.time), hands.time, spool::Durable::now);
    EXPECT_EQ(try_message(1, "retry").kept->due, kNever);
}

TEST_F(MessageWorkTest, WhatIsBeyondTheSendersRateWaitsAndIsNoTry) {
    hands.rates = OutgoingRates({2, 0, 0});
    for (std::uint64_t id = 1; id <= 3; ++id) put("remote", envelope(id, {"carl@example.com"}));
    EXPECT_FALSE(try_message(1, "remote").kept);
    EXPECT_FALSE(try_message(2, "remote").kept);
    const auto ending = try_message(3, "remote");
    EXPECT_EQ(ending.kept->state, "retry");
    EXPECT_EQ(ending.kept->due, hands.time + minutes(30));
    EXPECT_EQ(hands.sent.size(), 2U);
    EXPECT_EQ(hands.turns_given_back, 1U);
    const auto state = spool->read("retry", QueueId(3))->states()[0];
    EXPECT_EQ(state.attempts, 0U);
    EXPECT_TRUE(state.last_reply.starts_with("rate of the sender: 2 recipients")) << state.last_reply;
    EXPECT_EQ(try_message(3, "retry").kept->due, hands.time + minutes(30)) << "nobody hurries it";
    EXPECT_EQ(spool->read("retry", QueueId(3))->progress.size(), 1U);
    hands.time += minutes(30);
    EXPECT_FALSE(try_message(3, "retry").kept);
    EXPECT_EQ(hands.sent.size(), 3U);
}

TEST_F(MessageWorkTest, ARecipientIsCountedOnceHoweverOftenItIsTried) {
    hands.rates = OutgoingRates({1, 0, 0});
    put("remote", envelope(1, {"carl@example.com"}));
    hands.answers["carl@example.com"] = {TestHands::deferred(), TestHands::deferred()};
    for (int i = 0; i < 2; ++i) {
        EXPECT_EQ(try_message(1, i == 0 ? "remote" : "retry").kept->state, "retry");
        hands.time += minutes(5);
    }
    EXPECT_EQ(spool->read("retry", QueueId(1))->states()[0].attempts, 2U);
    EXPECT_FALSE(try_message(1, "retry").kept);
}

TEST_F(MessageWorkTest, WhatWaitsForADestinationsRateIsCountedToItsSenderOnce) {
    hands.rates = OutgoingRates({2, 0, 1});
    put("remote", envelope(1, {"carl@example.com"}));
    put("remote", envelope(2, {"carl@example.com"}));
    EXPECT_FALSE(try_message(1, "remote").kept);
    EXPECT_EQ(try_message(2, "remote").kept->due, hands.time + minutes(1));
    const auto reply = spool->read("retry", QueueId(2))->states()[0].last_reply;
    EXPECT_TRUE(reply.starts_with("rate of the destination: 1 messages a minute")) << reply;
    hands.time += minutes(1);
    EXPECT_FALSE(try_message(2, "retry").kept);
}

TEST_F(MessageWorkTest, ARateHoldsBackThoseThatAreBeyondItAlone) {
    hands.rates = OutgoingRates({0, 0, 1});
    put("remote", envelope(1, {"carl@example.com", "erik@example.net", "anna@example.org"}));
    put("remote", envelope(2, {"dora@example.com", "erik@example.net"}));
    EXPECT_FALSE(try_message(1, "remote").kept);
    EXPECT_EQ(try_message(2, "remote").kept->due, hands.time + minutes(1));
    EXPECT_EQ(hands.sent.size(), 2U);
    EXPECT_EQ(hands.calls.size(), 1U);
}

TEST_F(MessageWorkTest, WhoseTimeIsOverGoesBackThoughARateIsReached) {
    hands.rates = OutgoingRates({1, 0, 0});
    put("remote", envelope(1, {"carl@example.com"}));
    put("remote", envelope(2, {"carl@example.com"}));
    hands.time += hands.the_rules.expire;
    EXPECT_FALSE(try_message(1, "remote").kept);
    const auto ending = try_message(2, "remote");
    EXPECT_FALSE(ending.kept);
    EXPECT_EQ(ending.made.size(), 1U);
}

TEST_F(MessageWorkTest, AClockThatWentBackHoldsNobodyBack) {
    hands.rates = OutgoingRates({1, 0, 0});
    put("remote", envelope(1, {"carl@example.com"}));
    put("remote", envelope(2, {"carl@example.com"}));
    put("remote", envelope(3, {"carl@example.com"}));
    hands.answers["carl@example.com"] = {TestHands::deferred()};
    EXPECT_EQ(try_message(1, "remote").kept->state, "retry");
    EXPECT_EQ(try_message(2, "remote").kept->due, hands.time + std::chrono::hours(1));
    hands.time -= std::chrono::hours(24 * 365);
    hands.rates = OutgoingRates({1, 0, 0});
    Ending ending;
    Trying trying;
    test::run_task(messages->handle(QueueId(1), "retry", trying, ending));
    EXPECT_FALSE(ending.kept) << "a retry";
    ending = {};
    test::run_task(messages->handle(QueueId(2), "retry", trying, ending));
    EXPECT_FALSE(ending.kept) << "a rate";
}

TEST_F(MessageWorkTest, OneRefusalOfThreeIsReportedAlone) {
    auto refusal = TestHands::failed();
    refusal.host = "mx.example.com [192.0.2.1]";
    refusal.text = "550 5.1.1 unknown";
    refusal.transcript = ">>> RCPT TO:<dora@example.com>\n<<< 550 5.1.1 unknown\n";
    hands.answers["dora@example.com"] = {refusal};
    put("remote", envelope(1, {"carl@example.com", "dora@example.com", "erik@example.com"}));
    const auto ending = try_message(1, "remote");
    EXPECT_FALSE(ending.kept);
    ASSERT_EQ(ending.made.size(), 1U);
    const auto text = content("incoming", ending.made[0].id);
    for (const auto* part : {"Final-Recipient: rfc822; dora@example.com\n", "Remote-MTA: dns; mx.example.com\n",
                             "Diagnostic-Code: smtp; 550 5.1.1 unknown\n",
                             "      >>> RCPT TO:<dora@example.com>\n      <<< 550 5.1.1 unknown\n"})
        EXPECT_NE(text.find(part), std::string::npos) << part << "\n" << text;
    EXPECT_EQ(text.find("carl"), std::string::npos);
    EXPECT_EQ(text.find("erik"), std::string::npos);
}

TEST_F(MessageWorkTest, WhoComesAgainGoesAtOnce) {  // RFC 5321 §4.5.3.1.10
    auto again = TestHands::deferred();
    again.kind = Attempt::Kind::again;
    hands.answers["dora@example.com"] = {again, again};
    hands.answers["erik@example.com"] = {again, TestHands::relayed()};
    put("remote", envelope(1, {"carl@example.com", "dora@example.com", "erik@example.com"}));
    std::vector<std::size_t> at_syncs;
    hands.during_sync = [&] { at_syncs.push_back(spool->read("remote", QueueId(1))->progress.size()); };
    EXPECT_FALSE(try_message(1, "remote").kept);
    ASSERT_EQ(hands.sent.size(), 3U);
    EXPECT_EQ(hands.sent[1].recipients, "dora@example.com erik@example.com");
    EXPECT_EQ(hands.sent[2].recipients, "dora@example.com");
    EXPECT_EQ(at_syncs, (std::vector<std::size_t>{1, 2, 3})) << "each on disk before the next";
}

TEST_F(MessageWorkTest, WhoComesAgainAloneWaits) {
    auto again = TestHands::deferred("4.4.2");
    again.kind = Attempt::Kind::again;
    hands.answers["carl@example.com"] = {again};
    put("remote", envelope(1, {"carl@example.com"}));
    const auto ending = try_message(1, "remote");
    ASSERT_TRUE(ending.kept);
    EXPECT_EQ(ending.kept->due, hands.time + minutes(1)) << "nothing was done, nor would be";
    EXPECT_EQ(hands.sent.size(), 1U);
}

TEST_F(MessageWorkTest, WhoComesAgainMayHaveToWaitForATurn) {
    auto again = TestHands::deferred();
    again.kind = Attempt::Kind::again;
    hands.answers["carl@example.com"] = {TestHands::relayed()};
    hands.answers["dora@example.com"] = {again};
    put("remote", envelope(1, {"carl@example.com", "dora@example.com"}));
    hands.during_sync = [&] { hands.turns_at["example.com"] = Hands::Turn::busy; };
    const auto ending = try_message(1, "remote");
    EXPECT_EQ(ending.waits_for, "example.com");
    EXPECT_EQ(spool->read("remote", QueueId(1))->states()[1].attempts, 0U) << "it was no try";
}

TEST_F(MessageWorkTest, AMessageThatEndsProcessesGoesToBad) {
    hands.killer = "three relay processes died while each had this message alone";
    hands.time += std::chrono::hours(24 * 30);  // long after it was to go back
    auto one = envelope(1, {"anna@example.org", "carl@example.com"});
    one.arrived = WallTime(std::chrono::seconds(1'790'000'000));
    put("remote", one);
    const auto ending = try_message(1, "remote");
    ASSERT_TRUE(ending.kept);
    EXPECT_EQ(ending.kept->state, "bad");
    EXPECT_TRUE(ending.made.empty()) << "nobody is told that it failed";
    const auto states = spool->read("bad", QueueId(1))->states();
    EXPECT_EQ(states[0].kind, spool::RecipientState::Kind::delivered);
    EXPECT_EQ(states[1].kind, spool::RecipientState::Kind::waiting);
    EXPECT_EQ(states[1].last_reply, hands.killer);
    EXPECT_EQ(hands.sink.count(Event::QueueBad), 1U);
}

TEST_F(MessageWorkTest, AHostInTroubleIsAskedAgainLater) {
    auto later = TestHands::deferred("4.4.1");
    later.text = "mx.example.com: connection refused";
    hands.answers["carl@example.com"] = {later};
    put("remote", envelope(1, {"carl@example.com", "dora@example.com"}));
    const auto ending = try_message(1, "remote");
    ASSERT_TRUE(ending.kept);
    EXPECT_EQ(ending.kept->state, "retry");
    EXPECT_EQ(ending.kept->due, hands.time + minutes(1));
    EXPECT_EQ(ending.kept->destination, "example.com");
    const auto states = spool->read("retry", QueueId(1))->states();
    EXPECT_EQ(states[0].last_reply, "mx.example.com: connection refused");
    EXPECT_EQ(states[1].kind, spool::RecipientState::Kind::relayed);
    hands.time += minutes(2);
    EXPECT_FALSE(try_message(1, "retry").kept);
    EXPECT_EQ(hands.sent.back().recipients, "carl@example.com") << "dora has it";
}

TEST_F(MessageWorkTest, WhileADestinationRestsItsMailIsPutOff) {
    hands.turns_at["example.com"] = Hands::Turn::rests;
    put("remote", envelope(1, {"carl@example.com"}));
    const auto ending = try_message(1, "remote");
    EXPECT_EQ(ending.waits_for, "");
    EXPECT_EQ(ending.kept->state, "retry");
    EXPECT_EQ(ending.kept->due, hands.time + minutes(7)) << "not before its rest is over";
    EXPECT_EQ(spool->read("retry", QueueId(1))->states()[0].last_reply, "connection refused");
    hands.time += std::chrono::hours(24 * 6);
    const auto expired = try_message(1, "retry");
    EXPECT_FALSE(expired.kept) << "its time is over though nobody could be asked";
    EXPECT_EQ(expired.made.size(), 1U);
}

TEST_F(MessageWorkTest, WhatWasSentIsNotSentAgainWhereTheDiskIsFull) {
    put("remote", envelope(1, {"carl@example.com", "erik@example.net"}));
    hands.answers["erik@example.net"] = {TestHands::deferred()};
    files.fail_operation(test::Operation::write, ENOSPC);
    EXPECT_THROW((void)try_message(1, "remote"), SystemError);
    ASSERT_EQ(hands.sent.size(), 2U);
    EXPECT_FALSE(try_message(1, "remote", true).kept);
    ASSERT_EQ(hands.sent.size(), 3U);
    EXPECT_EQ(hands.sent.back().recipients, "erik@example.net");
    EXPECT_EQ(waiting(), Waiting());
}

TEST_F(MessageWorkTest, WhatWasSentIsNotForgottenByATryThatSendsNothing) {
    put("remote", envelope(1, {"carl@example.com", "dora@example.com"}));
    hands.answers["dora@example.com"] = {TestHands::deferred(), TestHands::deferred()};
    files.fail_operation(test::Operation::write, ENOSPC);
    EXPECT_THROW((void)try_message(1, "remote"), SystemError);
    EXPECT_EQ(try_message(1, "remote", true).kept->state, "retry");
    EXPECT_FALSE(try_message(1, "retry").kept);
    ASSERT_EQ(hands.sent.size(), 3U);
    EXPECT_EQ(hands.sent[1].recipients, "dora@example.com");
    EXPECT_EQ(hands.sent[2].recipients, "dora@example.com");
}

TEST_F(MessageWorkTest, OthersAreHeardOutWhereWhatOneHasTakenCannotBeWritten) {
    async::Loop loop;
    put("remote", envelope(1, {"carl@example.com", "erik@example.net"}));
    hands.turns_of_relay["example.net"] = 5;
    Trying trying;
    Ending ending;
    files.fail_operation(test::Operation::write, ENOSPC);
    EXPECT_THROW(loop.run(messages->handle(QueueId(1), "remote", trying, ending)), SystemError);
    EXPECT_FALSE(try_message(1, "remote", true).kept);
    EXPECT_EQ(hands.sent.size(), 2U) << "each has it once";
}

TEST_F(MessageWorkTest, WhatWasSentStaysUntilThatIsOnDisk) {
    put("remote", envelope(1, {"carl@example.com"}));
    hands.sync_fails = true;  // before anything was synced: no failure that the history knows
    const auto ending = try_message(1, "remote");
    EXPECT_TRUE(ending.doubtful);
    EXPECT_EQ(waiting(), (Waiting{{1, "remote"}}));
    hands.sync_fails = false;
    EXPECT_FALSE(try_message(1, "remote", true).kept);
    EXPECT_EQ(hands.sent.size(), 1U);
}

TEST_F(MessageWorkTest, WhatTheHostOfATargetHasTakenStandsBehindTheExpansion) {
    delivery::Expansion group;
    group.targets = {TestHands::site("carl@example.com"), TestHands::site("erik@example.net")};
    hands.meanings["all@example.org"] = group;
    hands.answers["erik@example.net"] = {TestHands::deferred(), TestHands::deferred()};
    put("incoming", envelope(1, {"all@example.org"}));
    std::size_t relayed = 0;
    hands.during_sync = [&] {
        const auto states = spool->read("incoming", QueueId(1))->states();
        relayed += static_cast<std::size_t>(
            std::ranges::count(states, spool::RecipientState::Kind::relayed, &spool::RecipientState::kind));
    };
    EXPECT_EQ(try_message(1, "incoming").kept->state, "retry");
    EXPECT_EQ(relayed, 1U) << "as a process reads it that comes after a crash";
    hands.during_sync = {};
    EXPECT_EQ(try_message(1, "retry").kept->state, "retry");
    ASSERT_EQ(hands.sent.size(), 3U);
    EXPECT_EQ(hands.sent[2].recipients, "erik@example.net");
}

TEST_F(MessageWorkTest, WhatOneHasTakenIsWrittenWhateverTheOthersDo) {
    put("remote", envelope(1, {"carl@example.com", "erik@example.net"}));
    std::vector<std::size_t> lines;
    hands.during_sync = [&] { lines.push_back(spool->read("remote", QueueId(1))->progress.size()); };
    EXPECT_FALSE(try_message(1, "remote").kept);
    EXPECT_EQ(lines, (std::vector<std::size_t>{1, 2}));
}

TEST_F(MessageWorkTest, AClockThatIsSetAheadMakesNoMessageOld) {
    hands.the_rules.delay_after = std::chrono::hours(4);
    put("remote", envelope(1, {"carl@example.com"}));
    hands.answers["carl@example.com"].assign(6, TestHands::deferred());
    (void)try_message(1, "remote");
    hands.the_rules.ahead = std::chrono::hours(24 * 365);
    hands.the_rules.ahead_since = hands.time + minutes(1);
    hands.time += hands.the_rules.ahead + minutes(2);
    const auto ending = try_message(1, "retry");
    EXPECT_EQ(ending.kept->state, "retry") << "it has waited for two minutes";
    EXPECT_TRUE(ending.made.empty()) << "and its sender is not told that it is late";
    put("remote", envelope(2, {"carl@example.com"}));
    hands.time += std::chrono::hours(24 * 5);
    EXPECT_FALSE(try_message(2, "remote").kept) << "what came afterwards ages as ever";
    EXPECT_FALSE(try_message(1, "retry").kept) << "and the other, too";
}

TEST_F(MessageWorkTest, AClockThatIsSetAheadWhileAHostIsAskedMakesNoMessageOld) {
    put("remote", envelope(1, {"carl@example.com"}));
    hands.answers["carl@example.com"] = {TestHands::deferred()};
    hands.during_relay = [&] {
        hands.the_rules.ahead = std::chrono::hours(24 * 365);
        hands.the_rules.ahead_since = hands.time + minutes(1);
        hands.time += hands.the_rules.ahead + minutes(2);
    };
    EXPECT_EQ(try_message(1, "remote").kept->state, "retry");
}

TEST_F(MessageWorkTest, AClockThatIsSetBackMakesNobodyWait) {
    put("remote", envelope(1, {"carl@example.com"}));
    hands.answers["carl@example.com"].assign(2, TestHands::deferred());
    (void)try_message(1, "remote");
    hands.time -= std::chrono::hours(1);
    EXPECT_EQ(due_of(*spool->read("retry", QueueId(1)), hands.time), hands.time);
    Trying trying;
    Ending ending;
    test::run_task(messages->handle(QueueId(1), "retry", trying, ending));
    EXPECT_EQ(hands.sent.size(), 2U) << "its last try lies in the future";
    EXPECT_EQ(ending.kept->due, hands.time + minutes(5)) << "and from now on it waits as usual";
}

TEST_F(MessageWorkTest, WhatCameWhileTheClockWasAheadHasItsTimeFromThenOn) {
    put("remote", envelope(1, {"carl@example.com"}));
    hands.answers["carl@example.com"].assign(9, TestHands::deferred());
    (void)try_message(1, "remote");
    hands.time -= std::chrono::hours(24 * 365);
    EXPECT_TRUE(try_message(1, "retry").kept);
    hands.time += std::chrono::hours(24 * 5) - minutes(1);
    EXPECT_TRUE(try_message(1, "retry").kept);
    hands.time += minutes(2);
    EXPECT_FALSE(try_message(1, "retry").kept) << "not after a year and five days";
}

TEST_F(MessageWorkTest, WhoseTimeIsOverGoesBackThoughNobodyHadATurnForIt) {
    hands.turns_at["example.com"] = Hands::Turn::busy;
    put("remote", envelope(1, {"carl@example.com"}));
    hands.time += std::chrono::hours(24 * 6);
    const auto ending = try_message(1, "remote");
    EXPECT_FALSE(ending.kept);
    ASSERT_EQ(ending.made.size(), 1U);
    EXPECT_NE(content("incoming", ending.made[0].id).find("Status: 5.4.7"), std::string::npos);
}

TEST_F(MessageWorkTest, WhoseTurnDoesNotComeIsToldSoOnceAndStillHasIt) {
    hands.the_rules.delay_after = std::chrono::hours(4);
    hands.turns_at["example.com"] = Hands::Turn::busy;
    put("remote", envelope(1, {"carl@example.com"}));
    const auto begin = hands.time;
    auto ending = try_message(1, "remote");
    EXPECT_EQ(ending.waits_for, "example.com");
    EXPECT_EQ(ending.kept->state, "remote");
    EXPECT_EQ(ending.kept->due, begin + std::chrono::hours(4)) << "looked at when the sender is to know";
    EXPECT_TRUE(ending.made.empty());
    hands.time = begin + std::chrono::hours(4);
    ending = try_message(1, "remote");
    ASSERT_EQ(ending.made.size(), 1U);
    const auto text = content("incoming", ending.made[0].id);
    for (const auto* part : {"Subject: Mail is delayed\n", "Action: delayed\nStatus: 4.4.5\n"})
        EXPECT_NE(text.find(part), std::string::npos) << part << "\n" << text;
    EXPECT_EQ(ending.waits_for, "example.com");
    EXPECT_EQ(ending.kept->due, begin + hands.the_rules.expire) << "and when it goes back";
    hands.time += minutes(10);
    ending = try_message(1, "retry");
    EXPECT_TRUE(ending.made.empty()) << "once";
    EXPECT_EQ(ending.waits_for, "example.com");
    hands.time = begin + hands.the_rules.expire;
    ending = try_message(1, "retry");
    EXPECT_FALSE(ending.kept);
    ASSERT_EQ(ending.made.size(), 1U);
    EXPECT_NE(content("incoming", ending.made[0].id).find("Status: 5.4.7"), std::string::npos);
}

TEST_F(MessageWorkTest, AReportOfADelayShowsWhatWasSaid) {
    hands.the_rules.delay_after = std::chrono::hours(4);
    auto later = TestHands::deferred("4.2.1");
    later.host = "mx.example.com [192.0.2.1]";
    later.text = "451 4.2.1 not now";
    later.transcript = ">>> RCPT TO:<carl@example.com>\n<<< 451 4.2.1 not now\n";
    hands.answers["carl@example.com"] = {later, later, later};
    put("remote", envelope(1, {"carl@example.com"}));
    (void)try_message(1, "remote");
    EXPECT_EQ(spool->read("retry", QueueId(1))->states()[0].transcript, "") << "a try costs a line, not all of it";
    hands.time += std::chrono::hours(4) - minutes(2);
    const auto kept = try_message(1, "retry").kept;
    EXPECT_EQ(kept->due, hands.time + minutes(2)) << "before its next try";
    hands.time += minutes(2);
    Ending ending;
    Trying trying;
    test::run_task(messages->handle(QueueId(1), "retry", trying, ending));
    EXPECT_EQ(hands.sent.size(), 2U) << "not tried for that";
    ASSERT_EQ(ending.made.size(), 1U);
    const auto report = content("incoming", ending.made[0].id);
    for (const auto* part : {"mx.example.com said: 451 4.2.1 not now\n      >>> RCPT TO:<carl@example.com>\n",
                             "Action: delayed\nStatus: 4.2.1\n", "Diagnostic-Code: smtp; 451 4.2.1 not now\n"})
        EXPECT_NE(report.find(part), std::string::npos) << part << "\n" << report;
    (void)try_message(1, "retry");
    EXPECT_EQ(spool->read("retry", QueueId(1))->states()[0].transcript, "") << "once";
}

TEST_F(MessageWorkTest, AfterItsDelayReportItGoesWhenItHasATurn) {
    hands.the_rules.delay_after = std::chrono::hours(4);
    hands.turns_at["example.com"] = Hands::Turn::busy;
    put("remote", envelope(1, {"carl@example.com"}));
    hands.time += std::chrono::hours(5);
    EXPECT_EQ(try_message(1, "remote").made.size(), 1U);
    Ending ending;
    Trying trying;  // not urgent: as the runner does it
    trying.turn = "example.com";
    test::run_task(messages->handle(QueueId(1), "retry", trying, ending));
    EXPECT_FALSE(ending.kept);
    EXPECT_EQ(hands.sent.size(), 1U);
}

TEST_F(MessageWorkTest, TheLastTryIsWhenItsTimeIsOver) {
    hands.the_rules.retry = {std::chrono::hours(100)};
    hands.answers["carl@example.com"] = {TestHands::deferred("4.4.1")};
    put("remote", envelope(1, {"carl@example.com"}));
    hands.time += std::chrono::hours(24);
    EXPECT_EQ(try_message(1, "remote").kept->due, hands.time + std::chrono::hours(4 * 24));
    hands.turns_at["example.com"] = Hands::Turn::rests;
    hands.time += std::chrono::hours(4 * 24) - minutes(2);
    EXPECT_EQ(try_message(1, "retry").kept->due, hands.time + minutes(2)) << "though the rest is longer";
    hands.time += minutes(2);
    EXPECT_EQ(try_message(1, "retry").made.size(), 1U);
}

TEST_F(MessageWorkTest, AnAddressThatTwoWaysLeadToIsNamedOnce) {
    delivery::Expansion meaning;
    meaning.targets.push_back(TestHands::site("carl@example.com"));
    meaning.steps.push_back({accounts::Step::Kind::alias, "", "", ""});
    hands.meanings["sales@example.org"] = meaning;
    put("incoming", envelope(1, {"sales@example.org", "carl@example.com"}));
    EXPECT_FALSE(try_message(1, "incoming").kept);
    ASSERT_EQ(hands.sent.size(), 1U);
    EXPECT_EQ(hands.sent[0].recipients, "carl@example.com");
}

TEST_F(MessageWorkTest, TheNextHostIsToldWhatTheSenderMayLearn) {  // RFC 3461 §5.2.7
    delivery::Expansion group;
    group.targets.push_back(TestHands::site("carl@example.com"));
    group.targets.push_back(TestHands::site("dora@example.com"));
    group.steps.push_back({accounts::Step::Kind::alias, "", "", ""});
    auto& away = group.targets.emplace_back(TestHands::site("erik@example.com"));
    away.forwarded = true;
    hands.meanings["all@example.org"] = group;
    auto one = envelope(1, {"all@example.org", "fred@example.com"});
    for (auto& recipient : one.recipients) recipient.parameters.emplace_back("NOTIFY", "SUCCESS,FAILURE");
    put("incoming", one);
    (void)try_message(1, "incoming");
    ASSERT_EQ(hands.sent.size(), 1U);
    EXPECT_EQ(hands.sent[0].recipients, "fred@example.com carl@example.com dora@example.com erik@example.com");
    EXPECT_EQ(hands.sent[0].notify, "SUCCESS,FAILURE;FAILURE;FAILURE;NEVER;");
}

/// Mail of alice@example.net for addresses here that lead to other sites.
struct ForwardingTest : MessageWorkTest {
    ForwardingTest() {
        auto site = std::make_shared<delivery::SrsSite>();
        site->secrets = {"a secret of this site", "an older one"};
        hands.the_rules.srs = site;
        lead("sales@example.org", {"carl@example.com"});
        lead("all@example.edu", {"dora@example.com", "anna@example.org"});
    }
    void lead(const std::string& address, const std::vector<std::string>& targets) {
        delivery::Expansion meaning;
        for (const auto& one : targets)
            meaning.targets.push_back(one.ends_with(".com") ? TestHands::site(one) : TestHands::mailbox(one));
        meaning.steps.push_back({accounts::Step::Kind::alias, "", "", ""});
        hands.meanings[address] = meaning;
    }
    [[nodiscard]] std::string back(const std::string& address) const {
        return delivery::srs_reverse(address, hands.the_rules.srs->secrets, hands.time).value_or("none: " + address);
    }
    /// "SENDER RECIPIENTS" of each transaction, in no order.
    std::vector<std::string> transactions() {
        std::vector<std::string> out;
        for (const auto& one : hands.sent) out.push_back(one.sender + " " + one.recipients);
        std::ranges::sort(out);
        return out;
    }
};

TEST_F(ForwardingTest, WhatIsLedOnLeavesInOurName) {
    put("incoming", envelope(1, {"sales@example.org", "all@example.edu", "erik@example.com"}));
    EXPECT_FALSE(try_message(1, "incoming").kept);
    ASSERT_EQ(hands.sent.size(), 3U) << "one transaction for each sender";
    unsigned seen = 0;
    for (const auto& one : hands.sent) {
        if (one.recipients == "erik@example.com") {
            EXPECT_EQ(one.sender, "alice@example.net") << "he was named by the sender";
            continue;
        }
        ++seen;
        EXPECT_EQ(back(one.sender), "alice@example.net");
        const bool sales = one.recipients == "carl@example.com";
        EXPECT_TRUE(one.sender.ends_with(sales ? "@example.org" : "@example.edu")) << one.sender;
        EXPECT_NE(back(one.sender), "none") << one.sender;
    }
    EXPECT_EQ(seen, 2U);
}

TEST_F(ForwardingTest, OurOwnSendersAndTheNullOneStay) {
    put("incoming", envelope(1, {"sales@example.org"}));
    auto ours = envelope(2, {"sales@example.org"});
    ours.reverse_path = "anna@example.org";
    put("incoming", ours);
    auto null = envelope(3, {"sales@example.org"});
    null.reverse_path.clear();
    put("incoming", null);
    (void)try_message(2, "incoming");
    (void)try_message(3, "incoming");
    EXPECT_EQ(transactions(), (std::vector<std::string>{" carl@example.com", "anna@example.org carl@example.com"}));
    hands.sent.clear();
    hands.the_rules.srs = nullptr;
    (void)try_message(1, "incoming");
    EXPECT_EQ(transactions(), (std::vector<std::string>{"alice@example.net carl@example.com"})) << "the option is off";
}

TEST_F(ForwardingTest, ADomainForAllMayBeNamed) {
    auto site = std::make_shared<delivery::SrsSite>(*hands.the_rules.srs);
    site->domain = "srs.example.org";
    hands.the_rules.srs = site;
    put("incoming", envelope(1, {"sales@example.org", "all@example.edu"}));
    (void)try_message(1, "incoming");
    ASSERT_EQ(hands.sent.size(), 1U);
    EXPECT_EQ(hands.sent[0].recipients, "carl@example.com dora@example.com");
    EXPECT_TRUE(hands.sent[0].sender.ends_with("@srs.example.org"));
    EXPECT_EQ(back(hands.sent[0].sender), "alice@example.net");
}

TEST_F(ForwardingTest, WhatAnotherForwarderHasRewrittenLeadsToTheFirst) {
    auto one = envelope(1, {"sales@example.org"});
    one.reverse_path = "SRS0=abcd=JR=first.test=zoe@example.net";
    put("incoming", one);
    (void)try_message(1, "incoming");
    ASSERT_EQ(hands.sent.size(), 1U);
    EXPECT_TRUE(hands.sent[0].sender.starts_with("SRS1=")) << hands.sent[0].sender;
    EXPECT_EQ(back(hands.sent[0].sender), one.reverse_path);
}

TEST_F(ForwardingTest, WhatMakesNoAddressKeepsItsOwnAndThatIsSaid) {
    auto one = envelope(1, {"sales@example.org"});
    one.reverse_path = std::string(60, 'a') + "@example.net";
    put("incoming", one);
    (void)try_message(1, "incoming");
    ASSERT_EQ(hands.sent.size(), 1U);
    EXPECT_EQ(hands.sent[0].sender, one.reverse_path);
    EXPECT_EQ(hands.sink.count(Event::SenderKept), 1U);
}

TEST_F(ForwardingTest, WhoseSenderCannotBeToldNowWaitsAndNobodyElse) {
    for (const bool secret : {true, false}) {
        const std::uint64_t id = secret ? 1 : 2;
        hands.sent.clear();
        hands.cannot_find = secret ? "example.net" : "";
        if (!secret) hands.the_rules.srs = std::make_shared<delivery::SrsSite>();
        put("incoming", envelope(id, {"sales@example.org", "erik@example.com"}));
        const auto ending = try_message(id, "incoming");
        ASSERT_TRUE(ending.kept) << id;
        EXPECT_EQ(transactions(), (std::vector<std::string>{"alice@example.net erik@example.com"}));
        const auto states = spool->read("retry", QueueId(id))->states();
        EXPECT_EQ(states[2].status, "4.3.5") << "carl, whom sales led to";
        EXPECT_EQ(states[2].attempts, 1U);
    }
}

TEST_F(MessageWorkTest, ATurnThatWasTakenIsUsedOnce) {
    put("remote", envelope(1, {"carl@example.com"}));
    hands.turns_at["example.com"] = Hands::Turn::busy;  // for whoever has none
    Ending ending;
    Trying trying;
    trying.turn = "example.com";
    test::run_task(messages->handle(QueueId(1), "remote", trying, ending));
    EXPECT_FALSE(ending.kept);
    EXPECT_EQ(trying.turn, "");
    EXPECT_EQ(hands.sent.size(), 1U);
}

TEST_F(MessageWorkTest, WhoAskedIsToldByTheNextHostOrByUs) {  // RFC 3461 §5.2.2
    for (const bool tells : {true, false}) {
        const std::uint64_t id = tells ? 1 : 2;
        auto one = envelope(id, {"carl@example.com"});
        one.recipients[0].parameters.emplace_back("NOTIFY", "SUCCESS");
        put("remote", one);
        auto taken = TestHands::relayed();
        taken.tells = tells;
        hands.answers["carl@example.com"] = {taken};
        const auto ending = try_message(id, "remote");
        EXPECT_FALSE(ending.kept);
        ASSERT_EQ(ending.made.size(), tells ? 0U : 1U);
        if (tells) continue;
        const auto text = content("incoming", ending.made[0].id);
        EXPECT_NE(text.find("Action: relayed\n"), std::string::npos) << text;
    }
}

TEST_F(MessageWorkTest, IsNotForgottenWhenTheSyncFails) {
    put("incoming", envelope(1, {"anna@example.org"}));
    hands.sync_fails = true;
    const auto ending = try_message(1, "incoming");
    EXPECT_TRUE(ending.doubtful);
    ASSERT_TRUE(ending.kept);
    EXPECT_EQ(ending.kept->due, hands.time + minutes(1));
    EXPECT_TRUE(spool->read("incoming", QueueId(1))->progress.empty());
    hands.sync_fails = false;
    EXPECT_FALSE(try_message(1, "incoming", ending.doubtful).kept);
    EXPECT_EQ(hands.calls.back().how, How::anew);
}

TEST_F(MessageWorkTest, NorWhenASyncFailedWhileItWaitedForAGoodOne) {
    put("incoming", envelope(1, {"anna@example.org"}));
    hands.during_sync = [this] {
        history->begin();
        history->end(false);
    };
    EXPECT_TRUE(try_message(1, "incoming").doubtful);
    EXPECT_EQ(waiting(), (Waiting{{1, "incoming"}}));
}

TEST_F(MessageWorkTest, AfterALocalErrorWhatIsThereProvesNothing) {
    put("incoming", envelope(1, {"anna@example.org"}));
    hands.answers["anna@example.org"] = {TestHands::deferred(std::string(kLocalError))};
    (void)try_message(1, "incoming");
    (void)try_message(1, "retry");
    EXPECT_EQ(hands.calls.back().how, How::anew);
}

TEST_F(MessageWorkTest, WhoWasFoundThroughAnAliasIsTriedAgainAlone) {
    delivery::Expansion meaning;
    for (const auto* name : {"anna@example.org", "bert@example.org"})
        meaning.targets.push_back(TestHands::mailbox(name));
    hands.meanings["sales@example.org"] = meaning;
    hands.meanings["bert@example.org"] = meaning;  // he forwards to himself and to anna
    hands.answers["bert@example.org"] = {TestHands::deferred()};
    put("incoming", envelope(1, {"sales@example.org"}));
    EXPECT_EQ(try_message(1, "incoming").kept->state, "retry");
    ASSERT_EQ(hands.calls.size(), 2U);
    hands.meanings.erase("sales@example.org");
    EXPECT_FALSE(try_message(1, "retry").kept);
    ASSERT_EQ(hands.calls.size(), 3U) << "his forwards were followed before";
    EXPECT_EQ(hands.calls[2].address, "bert@example.org");
    EXPECT_EQ(hands.calls[2].how, How::look);
}

TEST_F(MessageWorkTest, AFrozenDomainIsFrozenUnderItsOtherNames) {
    hands.frozen.change(files, {spool::Freezes::Kind::domain, "example.org"}, true);
    delivery::Expansion meaning;
    meaning.targets.push_back(TestHands::mailbox("anna@example.org"));
    hands.meanings["anna@alias.test"] = meaning;
    put("incoming", envelope(1, {"anna@alias.test"}));
    EXPECT_EQ(try_message(1, "incoming").kept->state, "retry");
    EXPECT_TRUE(hands.calls.empty());
    hands.frozen.change(files, {spool::Freezes::Kind::domain, "example.org"}, false);
    EXPECT_FALSE(try_message(1, "retry").kept);
    EXPECT_EQ(hands.calls.size(), 1U);
}

TEST_F(MessageWorkTest, WhatCouldNotBeAskedIsAskedAgain) {
    delivery::Expansion meaning;
    auto& unknown = meaning.targets.emplace_back();
    unknown.address = "bert@example.org";
    unknown.status = {4, 3, 0};
    unknown.reason = "his file is damaged";
    meaning.steps.push_back({accounts::Step::Kind::alias, "sales@example.org", "bert@example.org", ""});
    hands.meanings["sales@example.org"] = meaning;
    put("incoming", envelope(1, {"sales@example.org"}));
    EXPECT_EQ(try_message(1, "incoming").kept->state, "retry");
    EXPECT_TRUE(hands.calls.empty());
    delivery::Expansion mended;
    for (const auto* name : {"bert@example.org", "anna@example.org"})
        mended.targets.push_back(TestHands::mailbox(name));
    hands.meanings["bert@example.org"] = mended;
    EXPECT_FALSE(try_message(1, "retry").kept);
    EXPECT_EQ(hands.calls.size(), 2U);
}

TEST_F(MessageWorkTest, AForwardThatFailsIsForTheAdministratorAndNotForTheSender) {
    delivery::Expansion meaning;
    meaning.targets.push_back(TestHands::mailbox("anna@example.org"));
    auto& away = meaning.targets.emplace_back(TestHands::mailbox("gone@example.org"));
    away.forwarded = true;
    hands.meanings["anna@example.org"] = meaning;
    hands.answers["gone@example.org"] = {TestHands::failed()};
    put("incoming", envelope(1, {"anna@example.org"}));
    const auto ending = try_message(1, "incoming");
    EXPECT_TRUE(ending.made.empty());
    EXPECT_EQ(waiting(), (Waiting{{1, "bad"}}));
}

TEST_F(MessageWorkTest, WhoWaitsForARelayDoesNotHurryTheOthers) {
    hands.answers["bert@example.org"] = {TestHands::deferred()};
    hands.turns_at["example.com"] = Hands::Turn::busy;
    put("incoming", envelope(1, {"bert@example.org", "carl@example.com"}));
    const auto ending = try_message(1, "incoming");
    ASSERT_TRUE(ending.kept);
    EXPECT_EQ(ending.kept->due, hands.time + minutes(1));
    EXPECT_EQ(ending.kept->destination, "") << "of bert, too";
    EXPECT_EQ(ending.waits_for, "example.com");
    EXPECT_EQ(hands.calls.size(), 1U);
    Ending second;
    Trying again;
    test::run_task(messages->handle(QueueId(1), "retry", again, second));
    EXPECT_EQ(hands.calls.size(), 1U) << "bert's time has not come";
    EXPECT_EQ(second.waits_for, "example.com");
    EXPECT_EQ(spool->read("retry", QueueId(1))->progress.size(), 1U) << "waiting for a turn costs no line";
}

TEST_F(MessageWorkTest, WhatFailsAgainAfterARequeueIsAnotherReport) {
    hands.answers["anna@example.org"] = {TestHands::failed(), TestHands::failed()};
    put("incoming", envelope(1, {"anna@example.org", "bert@example.org"}));
    hands.answers["bert@example.org"] = {TestHands::deferred(), TestHands::failed()};
    const auto first = try_message(1, "incoming");
    ASSERT_EQ(first.made.size(), 1U);
    (void)spool::act(*spool, QueueId(1), spool::Act::requeue, "", hands.time, spool::Durable::now);
    const auto second = try_message(1, "incoming");
    ASSERT_EQ(second.made.size(), 1U);
    EXPECT_NE(second.made[0].id, first.made[0].id);
}

TEST_F(MessageWorkTest, WaitsLongerAfterEachTry) {
    put("incoming", envelope(1, {"anna@example.org"}));
    hands.answers["anna@example.org"] = {TestHands::deferred(), TestHands::deferred(), TestHands::deferred()};
    auto ending = try_message(1, "incoming");
    EXPECT_EQ(ending.kept->state, "retry");
    EXPECT_EQ(ending.kept->due, hands.time + minutes(1));
    for (int i = 0; i < 2; ++i) {
        hands.time += minutes(1);
        ending = try_message(1, "retry");
        EXPECT_EQ(ending.kept->due, hands.time + minutes(5)) << "the last wait repeats";
    }
    EXPECT_EQ(hands.sink.count(Event::QueueDeferred), 3U);
}

TEST_F(MessageWorkTest, GivesUpWhenItIsTooOld) {
    put("retry", envelope(1, {"anna@example.org"}));
    hands.time += hands.the_rules.expire;
    hands.answers["anna@example.org"] = {TestHands::deferred()};
    const auto ending = try_message(1, "retry");
    EXPECT_FALSE(ending.kept);
    ASSERT_EQ(ending.made.size(), 1U);
    const auto report = content("incoming", report_id);
    EXPECT_NE(report.find("Status: 5.4.7"), std::string::npos);
    EXPECT_NE(report.find("not now"), std::string::npos);
}

TEST_F(MessageWorkTest, TheSenderIsTold) {
    put("incoming", envelope(1, {"anna@example.org", "nobody@example.org"}));
    hands.answers["nobody@example.org"] = {TestHands::failed()};
    const auto second_id = QueueId(1).child("dsn", 8);  // of the first recipient in it
    const auto ending = try_message(1, "incoming");
    EXPECT_FALSE(ending.kept);
    EXPECT_EQ(waiting(), (Waiting{{second_id.value(), "incoming"}}));
    const auto stored = spool->read("incoming", second_id);
    ASSERT_TRUE(stored);
    EXPECT_EQ(stored->envelope.reverse_path, "");
    EXPECT_EQ(stored->envelope.parent, QueueId(1));
    ASSERT_EQ(stored->envelope.recipients.size(), 1U);
    EXPECT_EQ(stored->envelope.recipients[0].address, "alice@example.net");
    const auto report = content("incoming", second_id);
    EXPECT_TRUE(report.starts_with("Return-Path: <>\n"));
    for (const auto* part : {"multipart/report", "message/delivery-status", "text/rfc822-headers",
                             "Final-Recipient: rfc822; nobody@example.org", "Action: failed", "Status: 5.1.1",
                             "Subject: 1\n", "Auto-Submitted: auto-replied"})
        EXPECT_NE(report.find(part), std::string::npos) << part << "\n" << report;
    EXPECT_EQ(report.find("anna@example.org"), std::string::npos) << "who has it is no failure";
    EXPECT_EQ(report.find("body\n--"), std::string::npos) << "only the header goes back";
}

TEST_F(MessageWorkTest, NobodyIsToldOfAReportThatFailed) {
    auto one = envelope(1, {"nobody@example.org"});
    one.reverse_path.clear();
    put("incoming", one);
    hands.answers["nobody@example.org"] = {TestHands::failed()};
    const auto ending = try_message(1, "incoming");
    EXPECT_EQ(waiting(), (Waiting{{1, "bad"}})) << "RFC 5321 §4.5.5";
    EXPECT_TRUE(ending.made.empty());
    EXPECT_EQ(ending.kept->state, "bad");
}

TEST_F(MessageWorkTest, WhoWantsNoReportGetsNone) {
    auto one = envelope(1, {"nobody@example.org"});
    one.recipients[0].parameters.emplace_back("NOTIFY", "NEVER");
    put("incoming", one);
    hands.answers["nobody@example.org"] = {TestHands::failed()};
    EXPECT_TRUE(try_message(1, "incoming").made.empty());
    EXPECT_EQ(waiting(), Waiting());
}

TEST_F(MessageWorkTest, AnAdministratorGetsACopyOfEachReportOfAFailure) {
    hands.the_rules.notify_account = "boss@example.org";
    put("incoming", envelope(1, {"nobody@example.org"}));
    hands.answers["nobody@example.org"] = {TestHands::failed()};
    EXPECT_EQ(try_message(1, "incoming").made.size(), 1U);
    const auto report = spool->read("incoming", report_id);
    ASSERT_EQ(report->envelope.recipients.size(), 2U);
    EXPECT_EQ(report->envelope.recipients[0].address, "alice@example.net");
    EXPECT_EQ(report->envelope.recipients[1].address, "boss@example.org");
    EXPECT_EQ(report->envelope.reverse_path, "") << "nothing comes of a copy that fails";
    hands.answers["boss@example.org"] = {TestHands::failed()};
    const auto ending = try_message(report_id.value(), "incoming");
    EXPECT_FALSE(ending.kept) << "nor does it lie in bad";
    EXPECT_TRUE(ending.made.empty());
    EXPECT_EQ(hands.sent.size(), 1U) << "the sender has it";
}

TEST_F(MessageWorkTest, ThatTheSenderCannotBeToldIsForTheAdministratorAllTheSame) {
    hands.the_rules.notify_account = "boss@example.org";
    put("incoming", envelope(1, {"nobody@example.org"}));
    hands.answers["nobody@example.org"] = {TestHands::failed()};
    (void)try_message(1, "incoming");
    hands.answers["alice@example.net"] = {TestHands::failed()};
    const auto ending = try_message(report_id.value(), "incoming");
    EXPECT_EQ(ending.kept->state, "bad");
    EXPECT_TRUE(ending.made.empty());
    EXPECT_EQ(hands.calls.back().address, "boss@example.org");
}

TEST_F(MessageWorkTest, OurOwnSendersAreToldInTheLanguageOfTheirDomain) {
    mail::ReportTexts texts;
    for (const auto* language : {"de", "fr"})
        texts.add(mail::ReportKind::failure,
                  {language, std::string("in ") + language, "{host}: {reply}", "{failed}\n"});
    hands.the_rules.report_texts = std::make_shared<const mail::ReportTexts>(texts);
    hands.the_rules.report_language = "de";
    hands.language_of["example.org"] = "fr";
    for (std::uint64_t id = 1; const auto* sender : {"alice@example.net", "anna@example.org", "bert@example.edu"}) {
        auto one = envelope(id, {"nobody@example.org"});
        one.reverse_path = sender;
        put("incoming", one);
        hands.answers["nobody@example.org"] = {TestHands::failed()};
        const auto ending = try_message(id++, "incoming");
        ASSERT_EQ(ending.made.size(), 1U);
        const std::string subject =
            std::string("\nSubject: in ") + (one.reverse_path == "anna@example.org" ? "fr\n" : "de\n");
        EXPECT_NE(content("incoming", ending.made[0].id).find(subject), std::string::npos) << sender;
    }
}

TEST_F(MessageWorkTest, NoCopyOfDelaysSuccessesAndWhatProgramsSent) {
    hands.the_rules.notify_account = "boss@example.org";
    hands.the_rules.delay_after = std::chrono::hours(1);
    hands.answers["nobody@example.org"] = {TestHands::failed(), TestHands::failed(), TestHands::failed()};
    hands.answers["late@example.org"] = {TestHands::deferred()};
    auto asked = envelope(1, {"late@example.org", "anna@example.org"});
    asked.recipients[1].parameters.emplace_back("NOTIFY", "SUCCESS");
    put("incoming", asked);
    hands.time += std::chrono::hours(2);
    for (const auto& made : try_message(1, "incoming").made)
        EXPECT_EQ(spool->read("incoming", made.id)->envelope.recipients.size(), 1U);
    const std::pair<const char*, std::size_t> fields[] = {
        {"Auto-Submitted: auto-generated\n", 1}, {"auto-submitted: No (by hand)\n", 2}, {"Auto-Submitted: no\n", 2}};
    for (std::uint64_t id = 2; const auto& [field, recipients] : fields) {
        const auto one = envelope(id, {"nobody@example.org"});
        const auto whole = text(id);
        const spool::MessagePiece piece(whole.substr(0, one.relay_from) + field + whole.substr(one.relay_from));
        spool->add("incoming", one, std::span(&piece, 1), spool::Durable::now);
        const auto ending = try_message(id++, "incoming");
        ASSERT_EQ(ending.made.size(), 1U) << field;
        EXPECT_EQ(spool->read("incoming", ending.made[0].id)->envelope.recipients.size(), recipients) << field;
    }
    hands.the_rules.notify_account = "alice@example.net";
    put("incoming", envelope(9, {"gone@example.org"}));
    hands.answers["gone@example.org"] = {TestHands::failed()};
    const auto ending = try_message(9, "incoming");
    EXPECT_EQ(spool->read("incoming", ending.made.at(0).id)->envelope.recipients.size(), 1U) << "he gets it anyway";
}

TEST_F(MessageWorkTest, WhoAskedIsToldOfTheDelivery) {
    auto one = envelope(1, {"anna@example.org", "bert@example.org"});
    one.recipients[0].parameters.emplace_back("NOTIFY", "SUCCESS,FAILURE");
    put("incoming", one);
    const auto ending = try_message(1, "incoming");
    EXPECT_FALSE(ending.kept);
    ASSERT_EQ(ending.made.size(), 1U);
    const auto id = ending.made[0].id;
    const auto text = content("incoming", id);
    EXPECT_NE(text.find("Final-Recipient: rfc822; anna@example.org\nAction: delivered\nStatus: 2.0.0\n"),
              std::string::npos)
        << text;
    EXPECT_EQ(text.find("bert"), std::string::npos);
    auto quiet = envelope(2, {"anna@example.org"});
    quiet.recipients[0].parameters.emplace_back("NOTIFY", "SUCCESS");
    quiet.reverse_path.clear();
    put("incoming", quiet);
    EXPECT_TRUE(try_message(2, "incoming").made.empty());
    EXPECT_EQ(waiting(), (Waiting{{id.value(), "incoming"}}));
}

/// The actions of the reports on "all@example.org", which asks for success.
std::string told_of(MessageWorkTest& test, const delivery::Expansion& meaning) {
    test.hands.meanings["all@example.org"] = meaning;
    auto one = test.envelope(1, {"all@example.org"});
    one.recipients[0].parameters.emplace_back("NOTIFY", "SUCCESS");
    test.put("incoming", one);
    const auto ending = test.try_message(1, "incoming");
    std::string out;
    for (const auto& made : ending.made) {
        const auto text = test.content("incoming", made.id);
        for (auto at = text.find("\nFinal-Recipient: "); at != std::string::npos;
             at = text.find("\nFinal-Recipient: ", at + 1)) {
            const auto end = text.find("\nStatus", at);
            out += text.substr(at + 1, end - at - 1) + "\n";
        }
    }
    return out;
}

delivery::Expansion alias_to(const std::vector<std::string>& own, const std::vector<std::string>& forwards) {
    delivery::Expansion out;
    for (const auto& name : own) out.targets.push_back(TestHands::mailbox(name));
    for (const auto& name : forwards) out.targets.emplace_back(TestHands::mailbox(name)).forwarded = true;
    out.steps.push_back({accounts::Step::Kind::alias, "", "", ""});
    return out;
}

TEST_F(MessageWorkTest, OfAnAliasForOneTheOneIsReported) {  // RFC 3461 §5.2.7.2
    EXPECT_EQ(told_of(*this, alias_to({"anna@example.org"}, {"x@example.org"})),
              "Final-Recipient: rfc822; anna@example.org\nAction: delivered\n");
}
TEST_F(MessageWorkTest, OfAGroupIsSaidThatItWasExpanded) {  // RFC 3461 §5.2.7.3 (c)
    EXPECT_EQ(told_of(*this, alias_to({"anna@example.org", "bert@example.org"}, {})),
              "Final-Recipient: rfc822; all@example.org\nAction: expanded\n");
}
TEST_F(MessageWorkTest, WhereAnAccountForwardsToIsNobodysBusiness) {  // RFC 3461 §5.2.7.4
    EXPECT_EQ(told_of(*this, alias_to({}, {"x@example.org"})),
              "Final-Recipient: rfc822; all@example.org\nAction: delivered\n");
}

TEST_F(MessageWorkTest, WhoWaitsLongIsToldOnce) {
    hands.the_rules.delay_after = std::chrono::hours(4);
    const auto later = [] { return TestHands::deferred(); };
    hands.answers["anna@example.org"] = {later(), later(), later()};
    hands.answers["bert@example.org"] = {later(), later(), later()};
    auto one = envelope(1, {"anna@example.org", "bert@example.org"});
    one.recipients[1].parameters.emplace_back("NOTIFY", "FAILURE");
    put("incoming", one);
    EXPECT_TRUE(try_message(1, "incoming").made.empty());
    hands.time += std::chrono::hours(5);
    const auto ending = try_message(1, "retry");
    ASSERT_EQ(ending.made.size(), 1U);
    const auto text = content("incoming", ending.made[0].id);
    EXPECT_NE(text.find("Final-Recipient: rfc822; anna@example.org\nAction: delayed\n"), std::string::npos) << text;
    EXPECT_EQ(text.find("bert"), std::string::npos);
    hands.time += std::chrono::hours(5);
    EXPECT_TRUE(try_message(1, "retry").made.empty());
}

TEST_F(MessageWorkTest, RetFullBringsTheMessageBack) {
    hands.answers["anna@example.org"] = {TestHands::failed()};
    hands.the_rules.return_limit = 1000;
    auto one = envelope(1, {"anna@example.org"});
    one.parameters.emplace_back("RET", "FULL");
    put("incoming", one);
    const auto ending = try_message(1, "incoming");
    ASSERT_EQ(ending.made.size(), 1U);
    const auto text_of_report = content("incoming", ending.made[0].id);
    EXPECT_NE(text_of_report.find("Content-Type: message/rfc822\nContent-Description: Undelivered message\n\n"
                                  "Subject: 1\n\nbody\n\n--"),
              std::string::npos)
        << text_of_report;
}

TEST_F(MessageWorkTest, OwnReportsToOtherSitesWaitForATurnThere) {
    put("incoming", envelope(1, {"nobody@example.org"}));
    hands.answers["nobody@example.org"] = {TestHands::failed()};
    hands.turns_at["example.net"] = Hands::Turn::busy;
    (void)try_message(1, "incoming");
    const auto ending = try_message(report_id.value(), "incoming");
    EXPECT_EQ(ending.kept->state, "remote");
    EXPECT_EQ(ending.kept->destination, "example.net");
    EXPECT_EQ(ending.waits_for, "example.net");
    EXPECT_TRUE(hands.sent.empty());
    EXPECT_EQ(waiting(), (Waiting{{report_id.value(), "remote"}}));
}

TEST_F(MessageWorkTest, AReportWaitsUntilItsMessageNamesIt) {
    put("incoming", envelope(1, {"nobody@example.org", "late@example.org"}));
    auto report = envelope(2, {"alice@example.net"});
    report.parent = QueueId(1);
    report.client.origin = spool::Origin::made_here;
    put("incoming", report);
    const auto ending = try_message(2, "incoming");
    EXPECT_EQ(ending.kept->state, "incoming");
    EXPECT_GT(ending.kept->due, hands.time);
    EXPECT_TRUE(hands.sent.empty());
    spool->remove("incoming", QueueId(1));
    EXPECT_FALSE(try_message(2, "incoming").kept);
    EXPECT_EQ(hands.sent.size(), 1U);
}

TEST_F(MessageWorkTest, AReportDoesNotWaitForAMessageThatIsNotTried) {
    put("holding", envelope(1, {"nobody@example.org"}));
    auto report = envelope(2, {"alice@example.net"});
    report.parent = QueueId(1);
    report.client.origin = spool::Origin::made_here;
    put("incoming", report);
    EXPECT_FALSE(try_message(2, "incoming").kept);
    EXPECT_EQ(hands.sent.size(), 1U);
}

TEST_F(MessageWorkTest, AReportIsMadeOnceWhereverTheProcessDies) {
    for (std::uint64_t cut = 1;; ++cut) {
        test::LossyFiles disk;
        disk.make_directories("/spool");
        test::TestHands other;
        const auto one = envelope(1, {"nobody@example.org", "late@example.org"});
        bool was_cut = false;
        for (int life = 0; life < 3; ++life) {
            spool::Spool queue(disk, "/spool");
            SyncHistory past(disk, queue.taken_directory() + "/sync", kBoot);
            MessageWork trying(other, queue, past);
            // The second time the other recipient fails as well: the report keeps to what it first said.
            other.answers["nobody@example.org"] = {TestHands::failed()};
            other.answers["late@example.org"] = {life == 0 ? TestHands::deferred() : TestHands::failed()};
            other.answers["late@example.org"].resize(3, other.answers["late@example.org"].front());
            if (life == 0) {
                const spool::MessagePiece piece(text(1));
                queue.add("incoming", one, std::span(&piece, 1), spool::Durable::now);
                disk.cut_at(disk.steps() + cut);
            }
            try {
                Ending ending;
                Trying urgent;
                urgent.urgent = true;
                for (const auto* state : {"incoming", "retry"})
                    test::run_task(trying.handle(QueueId(1), state, urgent, ending));
            } catch (const test::PowerCut&) {
                was_cut = true;
                disk.restart(test::Restart::process);
            }
            disk.cut_at(0);
        }
        std::map<std::string, int> told;
        spool::Spool queue(disk, "/spool");
        for (unsigned folder = 0; folder < spool::Spool::kFolders; ++folder)
            for (const auto& found : queue.scan("incoming", folder)) {
                const auto octets = queue.open_message("incoming", found.id)->read_all(1U << 20U);
                for (const auto* who : {"nobody@example.org", "late@example.org"})
                    if (octets.find(std::string("Final-Recipient: rfc822; ") + who) != std::string::npos) ++told[who];
            }
        EXPECT_EQ(told["nobody@example.org"], 1) << "cut at " << cut;
        EXPECT_EQ(told["late@example.org"], 1) << "cut at " << cut;
        if (!was_cut) break;
    }
}

struct HeldTest : MessageWorkTest {
    HeldTest() {
        held.unfiltered = true;
        put("holding", held);
    }
    static Examined judged(spool::Envelope envelope) {
        Examined examined;
        examined.kind = Examined::Kind::judged;
        examined.envelope = std::move(envelope);
        examined.envelope.unfiltered = false;
        return examined;
    }
    spool::Envelope held = envelope(1, {"anna@example.org", "bert@example.org"});
};

TEST_F(HeldTest, WaitsWhileTheFilterIsAwayAndSaysSoOnce) {
    for (int i = 0; i < 2; ++i) {
        const auto ending = try_message(1, "holding");
        EXPECT_EQ(ending.kept->state, "holding");
        EXPECT_EQ(ending.kept->due, hands.time + minutes(1));
    }
    EXPECT_EQ(hands.examinations, 2U);
    EXPECT_TRUE(hands.calls.empty());
    const auto stored = spool->read("holding", QueueId(1));
    EXPECT_EQ(stored->progress.size(), 1U);
    EXPECT_TRUE(stored->states()[0].last_reply.starts_with("the filter is away"));
}

TEST_F(HeldTest, IsDeliveredAsTheFilterWantsIt) {
    hands.judge = [](const spool::Envelope& envelope) {
        auto out = judged(envelope);
        auto& edit = out.envelope.edits.emplace_back();
        edit.name = "X-Seen";
        edit.value = " yes";
        return out;
    };
    const auto ending = try_message(1, "holding");
    EXPECT_EQ(ending.kept->state, "incoming");
    EXPECT_TRUE(ending.made.empty());
    EXPECT_EQ(waiting(), (Waiting{{1, "incoming"}}));
    EXPECT_FALSE(try_message(1, "incoming").kept);
    EXPECT_EQ(hands.calls.at(0).octets, "Return-Path: <alice@example.net>\nSubject: 1\nX-Seen: yes\n\nbody\n");
}

TEST_F(HeldTest, WhatAnAdministratorSaidOutlivesTheFilter) {
    (void)spool::act(*spool, QueueId(1), spool::Act::reroute, "example.net", hands.time, spool::Durable::now);
    const auto end = hands.time + minutes(3);
    (void)spool::act(*spool, QueueId(1), when(std::nullopt, end), hands.time, spool::Durable::now);
    hands.judge = judged;
    EXPECT_EQ(try_message(1, "holding").kept->state, "incoming");
    const auto stored = spool->read("incoming", QueueId(1));
    EXPECT_EQ(stored->envelope.route, "example.net");
    EXPECT_EQ(stored->tried_until(), end);
}

TEST_F(HeldTest, TheFilterMayWriteTheBodyAnew) {
    hands.judge = [](const spool::Envelope& envelope) {
        auto out = judged(envelope);
        out.body = "another\n";
        return out;
    };
    (void)try_message(1, "holding");
    EXPECT_EQ(content("incoming", QueueId(1)), "Return-Path: <alice@example.net>\nSubject: 1\n\nanother\n");
}

TEST_F(HeldTest, ARefusalIsQuarantineAndNeverAReport) {
    hands.judge = [](const spool::Envelope& envelope) {
        auto out = judged(envelope);
        for (auto& one : out.envelope.recipients) one.verdict.action = spool::Verdict::Action::quarantine;
        return out;
    };
    const auto& counted = log::counter_page()[static_cast<std::size_t>(Counter::messages_quarantined)];
    const auto before = counted.load();
    const auto ending = try_message(1, "holding");
    EXPECT_EQ(counted.load(), before + 1);
    EXPECT_FALSE(ending.kept);
    const auto apart = QueueId(1).child("quarantine", 0);
    EXPECT_EQ(ending.made.size(), 1U);
    EXPECT_EQ(waiting(), (Waiting{{apart.value(), "quarantine"}}));
    EXPECT_EQ(hands.sink.count(Event::QueueReported), 0U);
    EXPECT_TRUE(hands.calls.empty());
}

TEST_F(HeldTest, ADiscardedOneVanishes) {
    hands.judge = [](const spool::Envelope& envelope) {
        auto out = judged(envelope);
        out.kind = Examined::Kind::discarded;
        return out;
    };
    EXPECT_FALSE(try_message(1, "holding").kept);
    EXPECT_EQ(waiting(), Waiting());
}

TEST_F(HeldTest, WhatAnAdministratorHoldsIsLeftAlone) {
    held.id = QueueId(2);
    held.unfiltered = false;
    put("holding", held);
    EXPECT_EQ(try_message(2, "holding").kept->due, WallTime::max());
    EXPECT_EQ(hands.examinations, 0U);
}

TEST_F(HeldTest, IsReleasedOnceWhereverTheProcessDies) {
    hands.judge = [](const spool::Envelope& envelope) {
        auto out = judged(envelope);
        out.envelope.recipients[1].verdict.action = spool::Verdict::Action::refuse;
        return out;
    };
    const auto apart = QueueId(1).child("quarantine", 0);
    for (std::uint64_t cut = 1;; ++cut) {
        spool->remove("incoming", QueueId(1));
        spool->remove("quarantine", apart);
        put("holding", held);
        files.cut_at(files.steps() + cut);
        bool was_cut = false;
        try {
            (void)try_message(1, "holding");
        } catch (const test::PowerCut&) {
            was_cut = true;
        }
        files.cut_at(0);
        files.restart(was_cut ? test::Restart::forget : test::Restart::process);
        start();
        // The index may say either, if both are there.
        if (spool->is_there("incoming", QueueId(1)) && cut % 2 == 0)
            (void)try_message(1, "incoming");
        else if (spool->is_there("holding", QueueId(1)))
            (void)try_message(1, "holding");
        const auto left = waiting();
        EXPECT_TRUE(left.contains(apart.value())) << cut;
        EXPECT_FALSE(spool->is_there("holding", QueueId(1))) << cut;
        if (!was_cut) break;
    }
}

TEST_F(MessageWorkTest, WhatIsGoneIsNoFault) {
    EXPECT_FALSE(try_message(1, "incoming").kept);
}

}  // namespace
}  // namespace md::mdqueue
