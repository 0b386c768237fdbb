// tests/unit/mdqueue/spool_cut_test.cc - power cuts and failed syncs between moves in the spool that wait for a sync
//
// Each case is an order of events that once lost a message or undid what was told, over many subsets of what the disk
// kept. (tests/crash cuts a whole day at each step; these need two queues, a try before the scan, or work beside a
// sync.)

#include <gtest/gtest.h>

#include "async/loop.h"
#include "async/scope.h"
#include "async/sync.h"
#include "spool/queue_act.h"
#include "unit/mdqueue/queue_world.h"

namespace md::mdqueue {
namespace {

using spool::Act;
using spool::Durable;
using test::Restart;
using test::TestHands;

constexpr std::uint64_t kSeeds = 60;

struct SpoolCutTest : test::QueueWorld {
    SpoolCutTest() {
        for (const auto* queue : {"incoming", "retry", "holding"}) put(queue, envelope(next_++, {"x@example.org"}));
    }
    /// A message in that queue, on disk.
    QueueId place(std::string_view queue) {
        const QueueId id(next_++);
        put(queue, envelope(id.value(), {"anna@example.org"}));
        spool->sync();
        return id;
    }
    void act(QueueId id, Act what) {
        const auto outcome = spool::act(*spool, id, what, "", hands.time, Durable::later);
        EXPECT_EQ(outcome.kind, spool::ActOutcome::Kind::done) << outcome.why;
    }
    void defer(QueueId id, std::string_view queue) {
        hands.answers["anna@example.org"] = {TestHands::deferred()};
        (void)try_message(id.value(), queue);
    }
    void fail_sync() {
        files.fail_operation(test::Operation::sync_filesystem, EIO);
        EXPECT_THROW(spool->sync(), SystemError);
    }
    /// The next manager, which syncs before it does anything.
    void again(Restart mode, std::uint64_t seed) {
        if (mode != Restart::process) files.cut_now();
        work.reset();
        take_over.reset();
        messages.reset();
        spool.reset();
        history.reset();
        files.restart(mode, seed);
        if (mode != Restart::process) ++boot_;
        start(boot_);
        spool->sync();
    }
    void scan_all() {
        for (const auto& state : spool->states())
            for (unsigned folder = 0; folder < spool::Spool::kFolders; ++folder) (void)spool->scan(state, folder);
    }
    bool is_whole(QueueId id) {
        for (const auto& state : spool->states())
            if (content(state, id) == text(id.value())) return true;
        return false;
    }
    std::uint64_t next_ = 1000;
    std::uint64_t boot_ = kBoot;
};

TEST_F(SpoolCutTest, ATryBeforeTheScanDoesNotUnlinkTheOnlyCopy) {
    for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
        const auto id = place("holding");
        act(id, Act::release_unfiltered);
        again(Restart::any_subset, seed);
        hands.calls.clear();
        for (int turn = 0; turn < 3 && spool->find(id); ++turn) (void)try_message(id.value(), *spool->find(id));
        const bool delivered = !hands.calls.empty() && hands.calls.back().octets == text(id.value());
        EXPECT_TRUE(delivered || is_whole(id)) << seed;
    }
}

TEST_F(SpoolCutTest, WhatTheScanMendsIsSyncedBeforeTheRestGoes) {
    for (const auto* from : {"retry", "holding"}) {
        for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
            const auto id = place(from);
            act(id, Act::requeue);
            again(Restart::any_subset, seed);
            scan_all();
            spool->sync();
            again(Restart::any_subset, seed * 7 + 2);
            EXPECT_TRUE(is_whole(id)) << from << " " << seed;
        }
    }
}

TEST_F(SpoolCutTest, ATryAndThenTheScanOfWhatWasLeft) {
    for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
        const auto id = place("incoming");
        defer(id, "incoming");
        again(Restart::any_subset, seed);
        const auto home = spool->find(id).value();
        defer(id, home);
        if (spool->find(id) == home) (void)spool->scan("incoming", spool::folder_number(id));
        again(Restart::any_subset, seed * 7 + 2);
        EXPECT_TRUE(is_whole(id)) << seed;
    }
}

TEST_F(SpoolCutTest, AMoveBesideASyncThatFails) {
    for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
        const auto id = place("incoming");
        defer(place("retry"), "retry");
        ASSERT_TRUE(spool->begin_sync());
        defer(id, "incoming");
        files.fail_operation(test::Operation::sync_filesystem, EIO);
        EXPECT_THROW(spool->sync_files(), SystemError);
        spool->end_sync(false);
        spool->sync();
        again(Restart::any_subset, seed);
        EXPECT_TRUE(is_whole(id)) << seed;
    }
}

TEST_F(SpoolCutTest, ATryAfterAnActWhoseSyncFailed) {
    for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
        const auto id = place("holding");
        act(id, Act::release_unfiltered);
        fail_sync();
        defer(id, "incoming");
        again(Restart::any_subset, seed);
        EXPECT_TRUE(is_whole(id)) << seed;
    }
}

TEST_F(SpoolCutTest, AHoldWhileTheManagerIsDownHoldsWhateverItMovedBefore) {
    for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
        const auto id = place("incoming");
        defer(id, "incoming");
        work.reset();
        take_over.reset();
        messages.reset();
        spool.emplace(files, "/spool");
        spool->sync_names(id);
        (void)spool::act(*spool, id, Act::hold, "", hands.time, Durable::now);
        again(Restart::any_subset, seed);
        scan_all();
        EXPECT_EQ(spool->find(id), "holding") << seed;
    }
}

TEST_F(SpoolCutTest, InABootInWhichASyncFailedNothingIsTidied) {
    for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
        const auto id = place("incoming");
        defer(id, "incoming");
        history->begin();
        fail_sync();
        history->end(false);
        spool->sync();
        again(Restart::process, 0);
        ASSERT_TRUE(history->doubtful_past());
        spool->distrust();  // as the manager does
        scan_all();
        spool->sync();
        again(Restart::any_subset, seed);
        EXPECT_TRUE(is_whole(id)) << seed;
    }
}

TEST_F(SpoolCutTest, AFolderIsOnDiskBeforeAnythingIsInIt) {
    spool->create_state("slow");
    for (std::uint64_t count = 0; count < kSeeds; ++count) {
        const auto id = place("holding");
        auto other = id.value() + 100'000;
        while (spool::folder_number(QueueId(other)) != spool::folder_number(id)) ++other;
        const spool::MessagePiece piece(text(other));
        spool->add("slow", envelope(other, {"x@example.org"}), std::span(&piece, 1), Durable::later);
        fail_sync();
        (void)spool::act(*spool, id, Act::move, "slow", hands.time, Durable::later);
        spool->sync();
        again(Restart::forget, 0);
        EXPECT_TRUE(spool->find(id)) << count;
    }
}

TEST_F(SpoolCutTest, TheScanBearsTwinsWhoseMessageIsElsewhere) {
    for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
        const auto id = place("incoming");
        defer(id, "incoming");
        act(id, Act::hold);
        again(Restart::any_subset, seed);
        EXPECT_NO_THROW(scan_all()) << seed;
        EXPECT_TRUE(is_whole(id)) << seed;
    }
}

TEST_F(SpoolCutTest, AReportRestsOnWhatIsOnDisk) {
    const auto id = place("incoming");
    hands.answers["anna@example.org"] = {TestHands::failed()};
    hands.during_sync = [&] {
        history->begin();
        fail_sync();
        history->end(false);
    };
    EXPECT_TRUE(try_message(id.value(), "incoming").doubtful);
    hands.answers["anna@example.org"] = {TestHands::failed()};
    hands.during_sync = [&] {
        spool->sync();
        if (spool->is_there("incoming", id.child("dsn", 0)) && !files.is_cut()) files.cut_now();
    };
    EXPECT_THROW((void)try_message(id.value(), "incoming", true), test::PowerCut);
    again(Restart::forget, 0);
    EXPECT_TRUE(spool->is_there("incoming", id.child("dsn", 0)));
    EXPECT_FALSE(spool->read("incoming", id)->progress.empty()) << "what the report tells";
}

async::Task<void> take_again_and_again(async::Mutex& mutex, unsigned& taken) {
    for (int i = 0; i < 100; ++i) {
        const auto guard = co_await mutex.lock();
        ++taken;
        co_await async::yield();
    }
}
async::Task<void> take_once(async::Mutex& mutex, const unsigned& taken, unsigned& before) {
    const auto guard = co_await mutex.lock();
    before = taken;
}
async::Task<void> compete(async::Scope& scope, async::Mutex& mutex, unsigned& taken, unsigned& before) {
    for (int i = 0; i < 10; ++i) scope.spawn(take_again_and_again(mutex, taken));
    scope.spawn(take_once(mutex, taken, before));
    co_return;
}

TEST(SpoolMutex, WhoWaitsComesBeforeWhoAsksAgain) {
    async::Loop loop;
    async::Mutex mutex;
    unsigned taken = 0;
    unsigned before = 0;
    auto body = [&](async::Scope& scope) { return compete(scope, mutex, taken, before); };
    loop.run(async::scoped(body));
    EXPECT_EQ(taken, 1000U);
    EXPECT_EQ(before, 10U) << "one of each of the others";
}

}  // namespace
}  // namespace md::mdqueue
