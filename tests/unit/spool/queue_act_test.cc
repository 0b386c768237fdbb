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

TEST_F(QueueAct, EveryActHasAName) {
    for (const auto what :
         {Act::hold, Act::release, Act::release_unfiltered, Act::remove, Act::bounce, Act::requeue, Act::move})
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

TEST(FreezesTest, LinesOfALaterReleaseArePassedOver) {
    test::LossyFiles files;
    files.put("/var/frozen", "mdmail-frozen 1\nmoon full\nqueue retry\nqueue\n");
    Freezes freezes("/var/frozen");
    freezes.load(files);
    EXPECT_EQ(freezes.rules().size(), 1U);
}

}  // namespace
}  // namespace md::spool
