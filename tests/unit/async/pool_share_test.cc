// tests/unit/async/pool_share_test.cc - async/pool_share.h

#include "async/pool_share.h"

#include <gtest/gtest.h>

#include <atomic>
#include <semaphore>
#include <string>
#include <vector>

#include "async/scope.h"

namespace md::async {
namespace {

/// Jobs that stay on their thread until they are let go, and how many of them did at once.
struct Jobs {
    std::counting_semaphore<> go{0};
    std::atomic<int> running = 0;
    std::atomic<int> most = 0;
    std::atomic<int> done = 0;
};

Task<void> stay(PoolShare& share, Jobs& jobs) {
    auto work = [&jobs] {
        const int now = ++jobs.running;
        if (now > jobs.most) jobs.most = now;
        jobs.go.acquire();
        --jobs.running;
        ++jobs.done;
    };
    co_await offload(share, work);
}

Task<void> fill_share(Scope& scope, WorkerPool& pool, PoolShare& share, Jobs& jobs) {
    for (int i = 0; i < 10; ++i) scope.spawn(stay(share, jobs));
    auto other = [] { return std::string("another's"); };
    const auto text = co_await offload(pool, other);
    EXPECT_EQ(text, "another's");
    EXPECT_EQ(jobs.done, 0);
    jobs.go.release(10);
}

TEST(PoolShare, LeavesThreadsToOthers) {
    Loop loop;
    WorkerPool pool(3);
    PoolShare share(pool, 2);
    Jobs jobs;
    auto body = [&](Scope& scope) { return fill_share(scope, pool, share, jobs); };
    loop.run(scoped(body));
    EXPECT_EQ(jobs.done, 10);
    EXPECT_LE(jobs.most, 2);
}

Task<void> note(PoolShare& share, std::vector<std::string>& order, std::string name, int times) {
    auto work = [&order, &name] { order.push_back(name); };
    for (int i = 0; i < times; ++i) co_await offload(share, work);
}

Task<void> take_turns(Scope& scope, PoolShare& share, std::vector<std::string>& order) {
    scope.spawn(note(share, order, "a", 3));
    scope.spawn(note(share, order, "b", 3));
    co_return;
}

TEST(PoolShare, WhoWaitsIsNext) {
    Loop loop;
    WorkerPool pool(2);
    PoolShare share(pool, 1);
    std::vector<std::string> order;
    auto body = [&](Scope& scope) { return take_turns(scope, share, order); };
    loop.run(scoped(body));
    EXPECT_EQ(order, (std::vector<std::string>{"a", "b", "a", "b", "a", "b"}));
}

Task<void> fill_parts(Scope& scope, PoolShare& one, PoolShare& other, Jobs& jobs) {
    for (int i = 0; i < 5; ++i) {
        scope.spawn(stay(one, jobs));
        scope.spawn(stay(other, jobs));
    }
    jobs.go.release(10);
    co_return;
}

TEST(PoolShare, APartCountsInTheWhole) {
    Loop loop;
    WorkerPool pool(8);
    PoolShare whole(pool, 3);
    PoolShare one(whole, 2), other(whole, 2);
    Jobs jobs;
    auto body = [&](Scope& scope) { return fill_parts(scope, one, other, jobs); };
    loop.run(scoped(body));
    EXPECT_EQ(jobs.done, 10);
    EXPECT_LE(jobs.most, 3);
}

Task<void> give_up(Scope& scope, PoolShare& share, Jobs& jobs) {
    scope.spawn(stay(share, jobs));
    scope.spawn(stay(share, jobs));
    co_await yield();
    scope.cancel();
    jobs.go.release(2);
}

TEST(PoolShare, WhoWaitsCanBeCancelled) {
    Loop loop;
    WorkerPool pool(2);
    PoolShare share(pool, 1);
    Jobs jobs;
    auto body = [&](Scope& scope) { return give_up(scope, share, jobs); };
    loop.run(scoped(body));
    EXPECT_EQ(jobs.done, 1);
    loop.run(stay(share, jobs));
    EXPECT_EQ(jobs.done, 2);
}

}  // namespace
}  // namespace md::async
