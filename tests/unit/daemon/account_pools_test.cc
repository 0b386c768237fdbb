// tests/unit/daemon/account_pools_test.cc - daemon/account_pools.h

#include "daemon/account_pools.h"

#include <gtest/gtest.h>

#include <semaphore>

#include "async/loop.h"
#include "async/scope.h"

namespace md::daemon {
namespace {

using async::Scope;
using async::Task;

TEST(AccountPools, SessionsOfOneAccountShareOne) {
    async::Loop loop;
    async::WorkerPool pool(1);
    AccountPools pools(pool);
    const auto first = pools.of("bob@example.org");
    EXPECT_EQ(pools.of("bob@example.org"), first);
    EXPECT_NE(pools.of("alice@example.org"), first);
}

Task<void> hold(async::PoolShare& share, std::counting_semaphore<>& go) {
    auto work = [&go] { go.acquire(); };
    co_await async::offload(share, work);
}

/// All that one account may have is stuck; another's job is done nevertheless.
Task<void> stick(Scope& scope, AccountPool& stuck, AccountPool& other, std::counting_semaphore<>& go, bool& done) {
    for (int i = 0; i < 20; ++i) {
        scope.spawn(hold(stuck.jobs, go));
        scope.spawn(hold(stuck.searching, go));
    }
    auto work = [&done] { done = true; };
    co_await async::offload(other.jobs, work);
    co_await async::offload(other.searching, work);
    go.release(40);
}

TEST(AccountPools, OneAccountLeavesThreadsToOthers) {
    async::Loop loop;
    async::WorkerPool pool(kPoolThreads);
    AccountPools pools(pool);
    const auto stuck = pools.of("bob@example.org");
    const auto other = pools.of("alice@example.org");
    std::counting_semaphore<> go{0};
    bool done = false;
    auto body = [&](Scope& scope) { return stick(scope, *stuck, *other, go, done); };
    loop.run(async::scoped(body));
    EXPECT_TRUE(done);
}

}  // namespace
}  // namespace md::daemon
