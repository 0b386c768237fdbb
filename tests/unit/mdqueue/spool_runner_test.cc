// tests/unit/mdqueue/spool_runner_test.cc - which message is tried when, by what the index says and the scan finds

#include "mdqueue/spool_runner.h"

#include "async/loop.h"
#include "unit/mdqueue/queue_world.h"

namespace md::mdqueue {
namespace {

using test::TestHands;
using Waiting = std::map<std::uint64_t, std::string>;

struct SpoolRunnerTest : test::QueueWorld {
    /// Runs until `done`, and no longer than it takes others to be late.
    template <class Done>
    void run(Done done, bool started = true) {
        SpoolRunner runner(pool, files, *spool, hands, *history, hands.frozen);
        for (const auto id : held) runner.hold(QueueId(id));
        if (started) runner.start();
        std::function<bool()> ended = [&] { return done(runner); };
        auto body = [&](async::Scope& scope) { return live(scope, runner, ended); };
        loop.run(async::scoped(body));
    }
    async::Task<void> live(async::Scope& scope, SpoolRunner& runner, const std::function<bool()>& done) {
        scope.spawn(runner.run(scope));
        for (int i = 0; i < 400; ++i) {
            if (done()) break;
            co_await async::sleep_for(std::chrono::milliseconds(5));
        }
        EXPECT_TRUE(done());
        co_await runner.save();
        scope.cancel();
    }
    async::Loop loop;
    async::WorkerPool pool{1};
    std::vector<std::uint64_t> held;
};

TEST_F(SpoolRunnerTest, TriesWhatTheScanFinds) {
    put("incoming", envelope(1, {"anna@example.org"}));
    put("quarantine", envelope(2, {"anna@example.org"}));
    put("bad", envelope(3, {"anna@example.org"}));
    run([this](SpoolRunner& runner) { return waiting().size() == 2 && runner.size() == 2; });
    EXPECT_EQ(hands.calls.size(), 1U);
    EXPECT_EQ(waiting(), (Waiting{{2, "quarantine"}, {3, "bad"}}));
}

TEST_F(SpoolRunnerTest, TriesNothingBeforeTheJournalsAreTakenUp) {
    put("incoming", envelope(1, {"anna@example.org"}));
    int looks = 0;
    run([&](SpoolRunner&) { return ++looks >= 20; }, false);
    EXPECT_TRUE(hands.calls.empty());
}

TEST_F(SpoolRunnerTest, LeavesAloneWhatIsHeld) {
    put("incoming", envelope(1, {"anna@example.org"}));
    put("incoming", envelope(2, {"anna@example.org"}));
    held = {1};
    run([this](SpoolRunner&) { return !spool->is_there("incoming", QueueId(2)); });
    EXPECT_EQ(waiting(), (Waiting{{1, "incoming"}}));
    EXPECT_EQ(hands.calls.size(), 1U);
}

TEST_F(SpoolRunnerTest, WaitsUntilItIsDueUnlessItIsToldNotTo) {
    hands.answers["anna@example.org"] = {TestHands::deferred()};
    put("incoming", envelope(1, {"anna@example.org"}));
    int looks = 0;
    run([&](SpoolRunner& runner) {
        if (!spool->is_there("retry", QueueId(1)) && looks == 0) return false;
        ++looks;
        if (looks == 20) {
            EXPECT_EQ(hands.calls.size(), 1U) << "it is due in a minute";
            EXPECT_EQ(runner.try_now(QueueId(2)), 0U);
            EXPECT_EQ(runner.try_now(std::nullopt), 1U);
        }
        return looks > 20 && waiting().empty();
    });
    EXPECT_EQ(hands.calls.size(), 2U);
}

TEST_F(SpoolRunnerTest, AClockThatIsSetBackIsNoticedAndTold) {
    hands.answers["anna@example.org"] = {TestHands::deferred()};
    put("incoming", envelope(1, {"anna@example.org"}));
    bool set_back = false;
    run([&](SpoolRunner& runner) {
        if (!set_back && spool->is_there("retry", QueueId(1)) && hands.calls.size() == 1) {
            set_back = true;
            hands.time -= std::chrono::hours(1);
            put("incoming", envelope(2, {"bert@example.org"}));
            runner.enter({QueueId(2), "incoming", hands.time});  // what wakes it; else it looks each minute
        }
        return set_back && waiting().empty();
    });
    EXPECT_EQ(hands.calls.size(), 3U);
    EXPECT_GT(hands.sink.count(Event::QueueFault), 0U);
}

TEST_F(SpoolRunnerTest, TheIndexIsAHintThatTheScanPutsRight) {
    {
        spool::Index index(files, spool->index_path());
        index.put(QueueId(1), "retry", {}, spool::Index::kNever);  // it is in incoming
        index.put(QueueId(2), "incoming", {}, 0);                  // it is nowhere
        index.put(QueueId(3), "quarantine", {}, spool::Index::kNever);
        index.write(index.begin_save());
    }
    put("incoming", envelope(1, {"anna@example.org"}));
    put("remote", envelope(3, {"carl@example.com"}));
    hands.turns_at["example.com"] = Hands::Turn::busy;
    run([this](SpoolRunner& runner) { return runner.size() == 1 && waiting().size() == 1; });
    EXPECT_EQ(hands.calls.size(), 1U);
    spool::Index index(files, spool->index_path());
    index.load();
    ASSERT_EQ(index.size(), 1U) << "and it is saved";
    EXPECT_EQ(index.find(QueueId(3))->state, "remote");
}

TEST_F(SpoolRunnerTest, WhatTheIndexKnowsIsTriedWithoutAScan) {
    {
        spool::Index index(files, spool->index_path());
        index.put(QueueId(1), "incoming", {}, 0);
        index.write(index.begin_save());
    }
    put("incoming", envelope(1, {"anna@example.org"}));
    files.fail({[](auto what, const auto&) { return what == test::Operation::list; }, EIO, 0, UINT64_MAX});
    run([this](SpoolRunner&) {
        return !spool->is_there("incoming", QueueId(1)) && hands.sink.count(Event::QueueFault) > 0;
    });
    files.mend();
    EXPECT_EQ(waiting(), Waiting());
}

/// What an administrator wants done, while the runner works.
async::Task<void> act_once(SpoolRunner& runner, std::vector<QueueId> ids, spool::Act what,
                           std::vector<spool::ActOutcome>& out) {
    spool::Order order(what);
    out = co_await runner.act(std::move(ids), std::move(order));
}
async::Task<void> set_frozen(SpoolRunner& runner, spool::Freezes::Rule rule, bool frozen, bool& changed) {
    changed = co_await runner.freeze(std::move(rule), frozen);
}

TEST_F(SpoolRunnerTest, DoesWhatAnAdministratorWants) {
    put("bad", envelope(1, {"anna@example.org"}));
    put("quarantine", envelope(2, {"bert@example.org"}));
    std::vector<spool::ActOutcome> requeued;
    std::vector<spool::ActOutcome> removed;
    bool begun = false;
    SpoolRunner runner(pool, files, *spool, hands, *history, hands.frozen);
    runner.start();
    async::Scope* within = nullptr;
    std::function<bool()> ended = [&] {
        if (runner.size() == 2 && !std::exchange(begun, true)) {
            within->spawn(act_once(runner, {QueueId(1), QueueId(7)}, spool::Act::requeue, requeued));
            within->spawn(act_once(runner, {QueueId(2)}, spool::Act::remove, removed));
        }
        return begun && waiting().empty() && requeued.size() == 2 && removed.size() == 1;
    };
    auto body = [&](async::Scope& scope) {
        within = &scope;
        return live(scope, runner, ended);
    };
    loop.run(async::scoped(body));
    EXPECT_EQ(requeued[0].queue, "incoming");
    EXPECT_EQ(requeued[1].kind, spool::ActOutcome::Kind::not_there);
    EXPECT_EQ(removed[0].kind, spool::ActOutcome::Kind::done);
    ASSERT_EQ(hands.calls.size(), 1U);
    EXPECT_EQ(hands.calls[0].address, "anna@example.org");
    EXPECT_EQ(runner.size(), 0U);
}

TEST_F(SpoolRunnerTest, WhatIsFrozenWaitsForTheThaw) {
    hands.frozen.change(files, {spool::Freezes::Kind::domain, "example.org"}, true);
    put("incoming", envelope(1, {"anna@example.org", "x@elsewhere.test"}));
    hands.answers["x@elsewhere.test"] = {TestHands::deferred()};
    std::size_t calls_while_frozen = 0;
    bool changed = false;
    SpoolRunner runner(pool, files, *spool, hands, *history, hands.frozen);
    runner.start();
    bool begun = false;
    async::Scope* within = nullptr;
    std::function<bool()> ended = [&] {
        if (spool->is_there("retry", QueueId(1)) && !std::exchange(begun, true)) {
            calls_while_frozen = hands.calls.size();
            const auto stored = *spool->read("retry", QueueId(1));
            EXPECT_EQ(stored.states()[0].attempts, 0U);
            EXPECT_EQ(stored.states()[0].last_reply, "frozen by the administrator");
            hands.time += std::chrono::hours(24 * 30);  // beyond the time in which it is tried
            within->spawn(set_frozen(runner, {spool::Freezes::Kind::domain, "example.org"}, false, changed));
        }
        return begun && changed && hands.calls.size() >= 3;
    };
    auto body = [&](async::Scope& scope) {
        within = &scope;
        return live(scope, runner, ended);
    };
    loop.run(async::scoped(body));
    EXPECT_EQ(calls_while_frozen, 1U) << "the other recipient is no concern of it";
}

TEST_F(SpoolRunnerTest, OfAFrozenQueueNothingIsTried) {
    hands.frozen.change(files, {spool::Freezes::Kind::queue, "incoming"}, true);
    put("incoming", envelope(1, {"anna@example.org"}));
    bool changed = false;
    int looks = 0;
    SpoolRunner runner(pool, files, *spool, hands, *history, hands.frozen);
    runner.start();
    async::Scope* within = nullptr;
    std::function<bool()> ended = [&] {
        if (++looks == 20) {
            EXPECT_TRUE(hands.calls.empty());
            within->spawn(set_frozen(runner, {spool::Freezes::Kind::queue, "incoming"}, false, changed));
        }
        return waiting().empty();
    };
    auto body = [&](async::Scope& scope) {
        within = &scope;
        return live(scope, runner, ended);
    };
    loop.run(async::scoped(body));
    EXPECT_TRUE(changed);
    EXPECT_EQ(hands.calls.size(), 1U);
}

TEST_F(SpoolRunnerTest, WhatWasThawedUnderAHeldRecordIsTold) {
    hands.frozen.change(files, {spool::Freezes::Kind::domain, "example.org"}, true);
    SpoolRunner runner(pool, files, *spool, hands, *history, hands.frozen);
    runner.hold(QueueId(1));
    EXPECT_FALSE(runner.release(QueueId(1)));
    runner.hold(QueueId(2));
    bool changed = false;
    loop.run(set_frozen(runner, {spool::Freezes::Kind::domain, "example.org"}, false, changed));
    EXPECT_TRUE(changed);
    EXPECT_TRUE(runner.release(QueueId(2)));
    runner.hold(QueueId(3));
    EXPECT_FALSE(runner.release(QueueId(3)));
}

TEST_F(SpoolRunnerTest, WhatGoesToABusyDestinationWaitsUnread) {
    hands.turns_at["example.com"] = Hands::Turn::busy;
    for (std::uint64_t id = 1; id <= 3; ++id) put("remote", envelope(id, {"carl@example.com"}));
    put("incoming", envelope(4, {"anna@example.org"}));
    bool freed = false;
    run([&](SpoolRunner& runner) {
        if (freed) return waiting().empty();
        if (spool->is_there("incoming", QueueId(4)) || runner.size() < 3) return false;
        freed = true;
        EXPECT_TRUE(hands.sent.empty());
        hands.turns_at.clear();
        runner.freed("example.com");
        runner.freed("nobody.example");
        return false;
    });
    EXPECT_EQ(hands.sent.size(), 3U);
    EXPECT_EQ(hands.turns_taken, 3U) << "one for each, before it is read";
    EXPECT_EQ(hands.turns_given_back, 0U);
}

TEST_F(SpoolRunnerTest, WhoWaitsForATurnBesideOthersWhoWaitIsLeftAlone) {
    hands.turns_at["example.com"] = Hands::Turn::busy;
    hands.answers["bert@example.org"] = {TestHands::deferred()};
    put("incoming", envelope(1, {"bert@example.org", "carl@example.com"}));
    int looks = 0;
    run([&](SpoolRunner& runner) {
        if (++looks == 20) {
            EXPECT_EQ(hands.calls.size(), 1U);
            EXPECT_EQ(spool->read("retry", QueueId(1))->progress.size(), 1U);
            hands.turns_at.clear();
            runner.freed("example.com");
        }
        return looks > 20 && hands.sent.size() == 1;
    });
    EXPECT_EQ(hands.calls.size(), 1U) << "its time has not come";
    EXPECT_EQ(waiting(), (Waiting{{1, "retry"}}));
}

TEST_F(SpoolRunnerTest, WhoWaitsUnreadIsToldOfTheDelayAndGoesBackInTime) {
    hands.the_rules.delay_after = std::chrono::hours(4);
    hands.turns_at["example.com"] = Hands::Turn::busy;
    const auto begin = hands.time;
    put("remote", envelope(1, {"carl@example.com"}));
    std::uint64_t other = 100;
    int step = 0;
    run([&](SpoolRunner& runner) {
        const auto jump = [&](std::chrono::seconds to) {  // something that comes makes it look at the clock
            hands.time = begin + to;
            auto wakes = envelope(other++, {"anna@example.org"});
            put("incoming", wakes);
            runner.enter({wakes.id, "incoming", hands.time});
            ++step;
        };
        // A report goes to alice@example.net: that site takes it at once.
        const auto reports = [&] {
            return std::ranges::count(hands.sent, "example.net", &TestHands::Sent::destination);
        };
        const bool parked = runner.size() == 1;
        if (step == 0 && parked) jump(std::chrono::minutes(31));
        if (step == 1 && parked && hands.calls.size() == 1) jump(std::chrono::hours(4) - std::chrono::seconds(2));
        if (step == 2 && parked && hands.calls.size() == 2) {
            EXPECT_EQ(reports(), 0);
            jump(std::chrono::hours(4));
        }
        if (step == 3 && parked && reports() == 1) jump(std::chrono::hours(4 * 24));
        if (step == 4 && parked && hands.calls.size() == 4) jump(std::chrono::hours(5 * 24) + std::chrono::seconds(1));
        return step == 5 && waiting().empty();
    });
    ASSERT_EQ(hands.sent.size(), 2U);
    EXPECT_NE(hands.sent[0].octets.find("Subject: Mail is delayed\n"), std::string::npos);
    EXPECT_NE(hands.sent[1].octets.find("Status: 5.4.7\n"), std::string::npos);
}

TEST_F(SpoolRunnerTest, AQueueRunDoesNotMakeAMessageWaitTwice) {
    hands.turns_at["example.com"] = Hands::Turn::busy;
    put("remote", envelope(1, {"carl@example.com"}));
    int looks = 0;
    run([&](SpoolRunner& runner) {
        ++looks;
        if (looks % 5 == 0 && looks < 30) {
            EXPECT_EQ(runner.try_now(std::nullopt), 1U);
        }
        if (looks == 40) {
            hands.turns_at.clear();
            runner.freed("example.com");
        }
        return looks > 40 && waiting().empty();
    });
    EXPECT_EQ(hands.sent.size(), 1U);
}

/// What the index says of when each is due.
std::map<std::int64_t, unsigned> due_times(Files& files, const spool::Spool& spool) {
    spool::Index index(files, spool.index_path());
    EXPECT_TRUE(index.load());
    std::map<std::int64_t, unsigned> out;
    for (const auto id : index.ids()) ++out[index.find(id)->due];
    return out;
}

TEST_F(SpoolRunnerTest, WhatRestsWaitsUnreadBehindOneProbe) {
    hands.turns_at["example.com"] = Hands::Turn::rests;
    {
        spool::Index index(files, spool->index_path());
        for (std::uint64_t id = 1; id <= 50; ++id) {
            put("retry", envelope(id, {"carl@example.com"}));
            index.put(QueueId(id), "retry", "example.com", 0);
        }
        index.write(index.begin_save());
    }
    int looks = 0;
    run([&](SpoolRunner& runner) { return runner.size() == 50 && ++looks > 20; });
    EXPECT_EQ(waiting().size(), 50U);
    for (std::uint64_t id = 1; id <= 50; ++id) EXPECT_TRUE(spool->read("retry", QueueId(id))->progress.empty());
    const auto due = due_times(files, *spool);
    const auto probe = unix_seconds(hands.time + std::chrono::minutes(7));
    ASSERT_FALSE(due.empty());
    EXPECT_EQ(due.begin()->first, probe);
    EXPECT_EQ(due.begin()->second, 1U) << "one alone is due when the rest is over";
    EXPECT_GE(std::next(due.begin())->first, probe + 600) << "the others are looked at now and then";
    EXPECT_GE(due.size(), 40U) << "not all at one time";
}

TEST_F(SpoolRunnerTest, AllGoWhenTheProbeWentWell) {
    hands.turns_at["example.com"] = Hands::Turn::rests;
    {
        spool::Index index(files, spool->index_path());
        for (std::uint64_t id = 1; id <= 20; ++id) {
            put("retry", envelope(id, {"carl@example.com"}));
            index.put(QueueId(id), "retry", "example.com", 0);
        }
        index.write(index.begin_save());
    }
    int looks = 0;
    run([&](SpoolRunner& runner) {
        if (++looks == 20) {
            EXPECT_TRUE(hands.sent.empty());
            hands.turns_at.clear();
            hands.time += std::chrono::minutes(8);
            runner.enter({QueueId(99), "retry", hands.time + std::chrono::hours(1)});  // it looks what is due
        }
        return looks > 20 && waiting().empty();
    });
    EXPECT_EQ(hands.sent.size(), 20U);
    EXPECT_EQ(hands.turns_taken, 20U);
}

TEST_F(SpoolRunnerTest, ARunOfTheQueueWakesTheDestinationsOfItsMessages) {
    hands.turns_at["example.com"] = hands.turns_at["example.net"] = Hands::Turn::rests;
    {
        spool::Index index(files, spool->index_path());
        for (std::uint64_t id = 1; id <= 5; ++id) {
            put("retry", envelope(id, {"carl@example.com"}));
            index.put(QueueId(id), "retry", "example.com", 0);
        }
        put("retry", envelope(6, {"erik@example.net"}));
        index.put(QueueId(6), "retry", "example.net", 0);
        index.write(index.begin_save());
    }
    int looks = 0;
    run([&](SpoolRunner& runner) {
        if (++looks == 20) {
            EXPECT_EQ(runner.try_now(std::vector<QueueId>{QueueId(3), QueueId(77)}), 1U);
        }
        return looks > 20 && waiting().size() == 1;
    });
    EXPECT_EQ(waiting(), (Waiting{{6, "retry"}})) << "the other destination rests";
    EXPECT_EQ(hands.sent.size(), 5U);
}

TEST_F(SpoolRunnerTest, AClockThatWentBackHoldsNobodyBack) {
    hands.answers["anna@example.org"] = {TestHands::deferred()};
    put("incoming", envelope(1, {"anna@example.org"}));
    int looks = 0;
    run([&](SpoolRunner& runner) {
        if (looks == 0 && !spool->is_there("retry", QueueId(1))) return false;
        if (++looks == 10) {
            hands.time -= std::chrono::hours(1000);
            runner.enter({QueueId(99), "bad", WallTime::max()});
        }
        return waiting().empty();
    });
    EXPECT_EQ(hands.calls.size(), 2U);
}

TEST_F(SpoolRunnerTest, ATurnThatIsNotUsedIsGivenBack) {
    {
        spool::Index index(files, spool->index_path());
        index.put(QueueId(1), "remote", "example.com", 0);  // it is nowhere
        index.write(index.begin_save());
    }
    files.fail({[](auto what, const auto&) { return what == test::Operation::list; }, EIO, 0, UINT64_MAX});  // no scan
    run([this](SpoolRunner&) { return hands.turns_given_back == 1; });
    files.mend();
    EXPECT_EQ(hands.turns_taken, 1U);
}

TEST_F(SpoolRunnerTest, WhatIsFreshComesBeforeWhatComesAgain) {
    hands.answers["old@example.org"] = {TestHands::deferred(), TestHands::deferred()};
    put("incoming", envelope(1, {"old@example.org"}));
    put("incoming", envelope(2, {"new@example.org"}));
    held = {2};
    bool begun = false;
    run([&](SpoolRunner& runner) {
        if (spool->is_there("incoming", QueueId(1)) || runner.size() != 1) return false;
        if (!std::exchange(begun, true)) {
            hands.calls.clear();
            EXPECT_EQ(runner.try_now(std::nullopt), 1U);
            runner.release(QueueId(2));
            runner.enter({QueueId(2), "incoming", hands.time});
        }
        return hands.calls.size() == 2;
    });
    ASSERT_EQ(hands.calls.size(), 2U);
    EXPECT_EQ(hands.calls[0].address, "new@example.org");
}

/// All pages, one after the other.
async::Task<void> read_pages(async::Scope& scope, SpoolRunner& runner, std::vector<ipc::Json>& pages) {
    scope.spawn(runner.run(scope));
    for (std::uint64_t cursor = 0;;) {
        auto page = co_await runner.list(cursor);
        const auto next = page.find("next")->as_integer();
        pages.push_back(std::move(page));
        if (!next) break;
        cursor = static_cast<std::uint64_t>(*next);
    }
    scope.cancel();
}

TEST_F(SpoolRunnerTest, IsListedByPagesInTheOrderOfReceipt) {
    for (std::uint64_t id = 1; id <= 600; ++id) put("quarantine", envelope(id * 7 % 601, {"carl@example.com"}));
    std::vector<ipc::Json> pages;
    SpoolRunner runner(pool, files, *spool, hands, *history, hands.frozen);
    runner.start();
    auto body = [&](async::Scope& scope) { return read_pages(scope, runner, pages); };
    loop.run(async::scoped(body));
    std::vector<std::string> seen;
    std::vector<std::size_t> sizes;
    for (const auto& page : pages) {
        const auto* shown = page.find("messages");
        for (const auto& one : shown->items()) seen.push_back(one.text("id"));
        sizes.push_back(shown->items().size());
    }
    EXPECT_EQ(sizes, (std::vector<std::size_t>{500, 100}));
    EXPECT_EQ(seen.size(), 600U);
    EXPECT_TRUE(std::ranges::is_sorted(seen));
}

}  // namespace
}  // namespace md::mdqueue
