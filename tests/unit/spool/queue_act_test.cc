// tests/unit/spool/queue_act_test.cc - what an administrator does with messages, and what is frozen

#include "spool/queue_act.h"

#include <gtest/gtest.h>

#include "spool/freezes.h"
#include "support/lossy_files.h"
#include "unit/spool/samples.h"

namespace md::spool {
namespace {

using Kind = ActOutcome::Kind;

const WallTime kNow{std::chrono::seconds(1'795'700'000)};

struct QueueAct : testing::Test {
    QueueAct() {
        files.put("/var/.keep", "");
        spool.emplace(files, "/var/spool");
    }
    void add(std::string_view queue, const Envelope& envelope, const std::vector<Progress>& progress = {}) {
        const MessagePiece piece(test::message_of(1));
        spool->add(queue, envelope, std::span(&piece, 1), Durable::now, progress);
    }
    ActOutcome act(Act what, std::string_view to = "") {
        return spool::act(*spool, QueueId(1), what, to, kNow, Durable::now);
    }
    StoredEnvelope read(std::string_view queue) { return spool->read(queue, QueueId(1)).value(); }
    static Progress deferred(std::uint32_t recipient, WallTime next) {
        Progress out;
        out.time = kNow - std::chrono::hours(1);
        out.recipient = recipient;
        out.kind = Progress::Kind::deferred;
        out.next = next;
        return out;
    }
    static Progress failed(std::uint32_t recipient) {
        Progress out;
        out.time = kNow - std::chrono::hours(100);
        out.recipient = recipient;
        out.kind = Progress::Kind::failed;
        out.status = "5.1.1";
        return out;
    }
    test::LossyFiles files;
    std::optional<Spool> spool;
};

TEST_F(QueueAct, HoldsAndReleases) {
    add(state::kRetry, test::simple_envelope(1));
    EXPECT_EQ(act(Act::hold).queue, "holding");
    EXPECT_TRUE(read("holding").held());
    EXPECT_EQ(act(Act::hold).queue, "holding") << "twice is once";
    EXPECT_EQ(act(Act::release).queue, "incoming");
    EXPECT_FALSE(read("incoming").held());
    EXPECT_EQ(read("incoming").tried_since(), kNow);
    EXPECT_EQ(act(Act::release).kind, Kind::refused);
}

TEST_F(QueueAct, WhatWasNotFilteredIsFilteredFirst) {
    auto envelope = test::simple_envelope(1);
    envelope.unfiltered = true;
    add(state::kHolding, envelope);
    EXPECT_EQ(act(Act::hold).queue, "holding");
    EXPECT_TRUE(read("holding").held());
    EXPECT_EQ(act(Act::release).queue, "holding");
    EXPECT_FALSE(read("holding").held());
    EXPECT_EQ(act(Act::release_unfiltered).queue, "incoming");
}

TEST_F(QueueAct, WhatWasNotFilteredGetsOutByNoOtherWay) {
    auto envelope = test::simple_envelope(1);
    envelope.unfiltered = true;
    add(state::kHolding, envelope);
    EXPECT_EQ(act(Act::requeue).queue, "holding");
    EXPECT_EQ(act(Act::move, "incoming").queue, "holding");
    EXPECT_EQ(act(Act::move, "retry").queue, "holding");
    EXPECT_EQ(act(Act::move, "quarantine").queue, "quarantine");
    EXPECT_EQ(act(Act::release).queue, "holding");
    EXPECT_EQ(act(Act::release_unfiltered).queue, "incoming");
}

TEST_F(QueueAct, WhatWasReleasedAsItIsKeepsWhatWasDone) {
    auto envelope = test::simple_envelope(1);
    envelope.unfiltered = true;
    Progress delivered;
    delivered.time = kNow;
    delivered.recipient = 0;
    delivered.kind = Progress::Kind::delivered;
    envelope.recipients.emplace_back("carol@example.net");
    add(state::kRetry, envelope, {delivered});
    EXPECT_EQ(act(Act::hold).queue, "holding");
    EXPECT_EQ(act(Act::release).queue, "incoming") << "the filter would have all recipients done again";
    EXPECT_TRUE(read("incoming").states()[0].finished());
}

TEST_F(QueueAct, WhatCouldNotBeReadIsNeverTried) {
    const MessagePiece octets("raw");
    spool->add_raw(QueueId(1), kNow, std::span(&octets, 1), "no envelope");
    EXPECT_EQ(act(Act::requeue).kind, Kind::refused);
    EXPECT_EQ(act(Act::move, "retry").kind, Kind::refused);
    EXPECT_EQ(act(Act::hold).queue, "holding");
    EXPECT_EQ(act(Act::release).kind, Kind::refused);
    EXPECT_EQ(act(Act::move, "bad").queue, "bad");
}

TEST_F(QueueAct, AHoldHoldsThoughOneWasBefore) {
    add(state::kRetry, test::simple_envelope(1));
    EXPECT_EQ(act(Act::hold).queue, "holding");
    EXPECT_EQ(act(Act::move, "quarantine").queue, "quarantine");
    EXPECT_EQ(act(Act::hold).queue, "holding");
    EXPECT_TRUE(read("holding").held());
}

TEST_F(QueueAct, BouncesWhoWaitsAndNobodyElse) {
    auto envelope = test::simple_envelope(1);
    envelope.recipients.emplace_back("two@example.net");
    add(state::kHolding, envelope, {failed(0)});
    EXPECT_EQ(act(Act::bounce).queue, "retry");
    const auto states = read("retry").states();
    EXPECT_EQ(states[0].status, "5.1.1");
    EXPECT_EQ(states[1].kind, RecipientState::Kind::failed);
    EXPECT_EQ(states[1].last_reply, "returned by the administrator");
    EXPECT_EQ(act(Act::bounce).kind, Kind::refused);
}

TEST_F(QueueAct, BouncesNothingToNobody) {
    auto envelope = test::simple_envelope(1);
    envelope.reverse_path.clear();
    add(state::kRetry, envelope);
    EXPECT_EQ(act(Act::bounce).kind, Kind::refused);
    EXPECT_TRUE(spool->is_there("retry", QueueId(1)));
}

TEST_F(QueueAct, RequeuesWhatFailedButNotWhatWasDelivered) {
    auto envelope = test::simple_envelope(1);
    envelope.recipients.emplace_back("two@example.net");
    auto delivered = failed(1);
    delivered.kind = Progress::Kind::delivered;
    auto reported = failed(0);
    reported.kind = Progress::Kind::reported;
    add(state::kBad, envelope, {failed(0), delivered, reported});
    EXPECT_EQ(act(Act::requeue).queue, "incoming");
    auto states = read("incoming").states();
    EXPECT_EQ(states[0].kind, RecipientState::Kind::waiting);
    EXPECT_FALSE(states[0].reported) << "it may fail again";
    EXPECT_EQ(states[1].kind, RecipientState::Kind::delivered);
    const auto done = failed(0);
    auto again = done;
    again.kind = Progress::Kind::delivered;
    spool->append_progress("incoming", QueueId(1), std::span(&again, 1), Durable::now);
    EXPECT_EQ(act(Act::requeue).kind, Kind::refused) << "all have it";
}

TEST_F(QueueAct, MovesToQueuesThatAreThere) {
    add(state::kRetry, test::simple_envelope(1));
    EXPECT_EQ(act(Act::move, "slow").kind, Kind::no_queue);
    spool->create_state("slow");
    EXPECT_EQ(act(Act::move, "slow").queue, "slow");
    EXPECT_EQ(act(Act::move, "holding").queue, "holding");
    EXPECT_TRUE(read("holding").held());
    EXPECT_EQ(act(Act::move, "incoming").queue, "incoming");
    EXPECT_FALSE(read("incoming").held());
}

TEST_F(QueueAct, RemovesAlsoWhatCannotBeRead) {
    add(state::kBad, test::simple_envelope(1));
    files.put(spool->envelope_path("bad", QueueId(1)), "nonsense\n");
    EXPECT_EQ(act(Act::requeue).kind, Kind::refused);
    EXPECT_EQ(act(Act::remove).kind, Kind::done);
    EXPECT_EQ(act(Act::remove).kind, Kind::not_there);
}

TEST_F(QueueAct, IsDurableWhenTheSpoolIsSynced) {
    add(state::kRetry, test::simple_envelope(1));
    (void)spool::act(*spool, QueueId(1), Act::hold, "", kNow, Durable::later);
    spool->sync();
    files.cut_now();
    spool.reset();
    files.restart(test::Restart::forget, 0);
    spool.emplace(files, "/var/spool");
    EXPECT_EQ(spool->find(QueueId(1)), "holding");
    EXPECT_TRUE(read("holding").held());
}

TEST_F(QueueAct, ARouteOfAnAdministratorIsKeptUntilItIsUndone) {
    add(state::kRetry, test::simple_envelope(1), {deferred(0, kNow + std::chrono::hours(4))});
    EXPECT_EQ(act(Act::reroute, "smtp:[192.0.2.1]:2525").queue, "retry");
    EXPECT_EQ(read("retry").envelope.route, "smtp:[192.0.2.1]:2525");
    EXPECT_FALSE(read("retry").states()[0].next_attempt) << "it is tried now";
    EXPECT_EQ(read("retry").states()[0].attempts, 1U);
    EXPECT_EQ(act(Act::reroute, "example.org").queue, "retry");
    EXPECT_EQ(read("retry").envelope.route, "example.org");
    EXPECT_EQ(act(Act::move, "holding").queue, "holding");
    EXPECT_EQ(act(Act::requeue).queue, "incoming");
    EXPECT_EQ(read("incoming").envelope.route, "example.org");
    EXPECT_EQ(act(Act::reroute).queue, "incoming");
    EXPECT_EQ(read("incoming").envelope.route, "");
    EXPECT_EQ(read("incoming").wishes().size(), 3U);
    const auto lines = read("incoming").progress.size();
    EXPECT_EQ(act(Act::reroute).queue, "incoming");
    EXPECT_EQ(read("incoming").progress.size(), lines) << "twice is once";
}

TEST_F(QueueAct, WhatIsNoRouteIsRefused) {
    add(state::kRetry, test::simple_envelope(1));
    for (const auto* text : {"smtp:", "smtp:[192.0.2.1]:0", "lmtp:example.org", "mail example", "-", "[192.0.2.1]",
                             "smtp:[192.0.2.1]:25 x", "smtp:[192.0.2.1]\n"}) {
        EXPECT_EQ(act(Act::reroute, text).kind, Kind::refused) << text;
        EXPECT_FALSE(is_route_order(text)) << text;
    }
    EXPECT_TRUE(read("retry").progress.empty());
}

TEST_F(QueueAct, WhatIsFinishedHasNoWayAndNoTime) {
    Progress relayed;
    relayed.time = kNow;
    relayed.recipient = 0;
    relayed.kind = Progress::Kind::relayed;
    add(state::kRetry, test::simple_envelope(1), {relayed});
    EXPECT_EQ(act(Act::reroute, "example.org").kind, Kind::refused);
    Order order(Act::schedule);
    order.next = kNow;
    EXPECT_EQ(spool::act(*spool, QueueId(1), order, kNow, Durable::now).kind, Kind::refused);
    EXPECT_EQ(read("retry").progress.size(), 1U);
}

TEST_F(QueueAct, WhatFailedGetsARouteBeforeItIsRequeued) {
    add(state::kBad, test::simple_envelope(1), {failed(0)});
    EXPECT_EQ(act(Act::reroute, "*.example.org").queue, "bad");
    EXPECT_EQ(act(Act::requeue).queue, "incoming");
    EXPECT_EQ(read("incoming").envelope.route, "*.example.org");
}

TEST_F(QueueAct, TheNextTryAndTheEndAreSet) {
    add(state::kRetry, test::simple_envelope(1), {deferred(0, kNow + std::chrono::hours(4))});
    Order order(Act::schedule);
    order.next = kNow + std::chrono::hours(2);
    auto outcome = spool::act(*spool, QueueId(1), order, kNow, Durable::now);
    EXPECT_EQ(outcome.queue, "retry");
    EXPECT_EQ(outcome.due, order.next);
    EXPECT_EQ(read("retry").states()[0].next_attempt, order.next);
    EXPECT_FALSE(read("retry").tried_until());
    order.expire = kNow + std::chrono::hours(1);
    outcome = spool::act(*spool, QueueId(1), order, kNow, Durable::now);
    EXPECT_EQ(outcome.due, order.expire) << "it goes back then";
    EXPECT_EQ(read("retry").tried_until(), order.expire);
    order = Act::schedule;
    order.next = kNow;
    EXPECT_EQ(spool::act(*spool, QueueId(1), order, kNow, Durable::now).due, kNow);
    EXPECT_EQ(read("retry").tried_until(), kNow + std::chrono::hours(1)) << "what is not said stays";
    EXPECT_EQ(act(Act::requeue).queue, "incoming");
    EXPECT_FALSE(read("incoming").tried_until()) << "it has the time of a new message";
}

TEST_F(QueueAct, EveryActHasAName) {
    for (const auto what : {Act::hold, Act::release, Act::release_unfiltered, Act::remove, Act::bounce, Act::requeue,
                            Act::move, Act::reroute, Act::schedule})
        EXPECT_EQ(parse_act(name(what)), what);
    EXPECT_FALSE(parse_act("burn"));
}

TEST(FreezesTest, StayOverRestartsAndStopWhatTheySay) {
    test::LossyFiles files;
    files.put("/var/.keep", "");
    Freezes freezes("/var/frozen");
    freezes.load(files);
    EXPECT_TRUE(freezes.empty());
    EXPECT_TRUE(freezes.change(files, {Freezes::Kind::domain, "example.net"}, true));
    EXPECT_FALSE(freezes.change(files, {Freezes::Kind::domain, "example.net"}, true));
    EXPECT_TRUE(freezes.change(files, {Freezes::Kind::sender, "<>"}, true));
    EXPECT_TRUE(freezes.change(files, {Freezes::Kind::queue, "retry"}, true));
    files.cut_now();
    files.restart(test::Restart::forget, 0);
    Freezes again("/var/frozen");
    again.load(files);
    EXPECT_EQ(again.rules(), freezes.rules());
    auto envelope = test::simple_envelope(1);
    EXPECT_TRUE(again.stops(envelope, "bob@EXAMPLE.net"));
    EXPECT_FALSE(again.stops(envelope, "bob@example.org"));
    envelope.reverse_path.clear();
    EXPECT_TRUE(again.stops(envelope, "bob@example.org"));
    EXPECT_TRUE(again.has(Freezes::Kind::queue, "retry"));
    EXPECT_TRUE(again.change(files, {Freezes::Kind::sender, "<>"}, false));
    EXPECT_FALSE(again.stops(envelope, "bob@example.org"));
}

TEST(FreezesTest, ADomainIsFrozenUnderBothFormsOfItsName) {
    test::LossyFiles files;
    files.put("/var/frozen", "mdmail-frozen 1\ndomain b\u00fccher.example\n");
    Freezes freezes("/var/frozen");
    freezes.load(files);
    EXPECT_TRUE(freezes.has(Freezes::Kind::domain, "xn--bcher-kva.example"));
    const auto envelope = test::simple_envelope(1);
    EXPECT_TRUE(freezes.stops(envelope, "bob@xn--bcher-kva.example"));
    EXPECT_TRUE(freezes.stops(envelope, "bob@B\u00fccher.example"));
    EXPECT_FALSE(freezes.stops(envelope, "bob@bucher.example"));
    EXPECT_FALSE(freezes.stops(envelope, "bob@"));
    EXPECT_FALSE(freezes.stops(envelope, "bob"));
}

TEST(FreezesTest, LinesOfALaterReleaseArePassedOver) {
    test::LossyFiles files;
    files.put("/var/frozen", "mdmail-frozen 1\nmoon full\nqueue retry\nqueue\n");
    Freezes freezes("/var/frozen");
    freezes.load(files);
    EXPECT_EQ(freezes.rules().size(), 1U);
}

}  // namespace
}  // namespace md::spool
