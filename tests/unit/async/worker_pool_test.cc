// tests/unit/async/worker_pool_test.cc - async/worker_pool.h

#include "async/worker_pool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>
#include <string>

#include "async/scope.h"

namespace md::async {
namespace {

Task<std::string> text_of(WorkerPool& pool) {
    auto work = [] { return std::string("from another thread, long enough to be allocated"); };
    auto text = co_await offload(pool, work);
    co_return text;
}

TEST(WorkerPool, GivesTheValueBackOnTheLoop) {
    Loop loop;
    WorkerPool pool(2);
    EXPECT_EQ(loop.run(text_of(pool)).substr(0, 4), "from");
}

Task<void> throwing(WorkerPool& pool) {
    auto work = [] { throw std::runtime_error("in the pool"); };
    co_await offload(pool, work);
}

TEST(WorkerPool, ExceptionsComeBack) {
    Loop loop;
    WorkerPool pool(1);
    EXPECT_THROW(loop.run(throwing(pool)), std::runtime_error);
}

Task<void> count(WorkerPool& pool, std::atomic<int>* counter) {
    auto work = [counter] { ++*counter; };
    for (int i = 0; i < 100; ++i) co_await offload(pool, work);
}

Task<void> spawn_counters(Scope& scope, WorkerPool& pool, std::atomic<int>* counter) {
    for (int i = 0; i < 20; ++i) scope.spawn(count(pool, counter));
    co_return;
}

TEST(WorkerPool, ManyCoroutinesShareIt) {
    Loop loop;
    WorkerPool pool(3);
    std::atomic<int> counter = 0;
    auto body = [&](Scope& scope) { return spawn_counters(scope, pool, &counter); };
    loop.run(scoped(body));
    EXPECT_EQ(counter, 2000);
}

Task<void> long_job(WorkerPool& pool, std::atomic<bool>* finished) {
    auto work = [finished] {
        std::this_thread::sleep_for(std::chrono::milliseconds(30));
        *finished = true;
    };
    co_await offload(pool, work);
    co_await sleep_for(std::chrono::hours(1));
}

Task<void> cancel_long_job(Scope& scope, WorkerPool& pool, std::atomic<bool>* finished) {
    scope.spawn(long_job(pool, finished));
    co_await yield();
    scope.cancel();
}

TEST(WorkerPool, ACancelledCoroutineWaitsForItsJob) {
    Loop loop;
    WorkerPool pool(1);
    std::atomic<bool> finished = false;
    auto body = [&](Scope& scope) { return cancel_long_job(scope, pool, &finished); };
    loop.run(scoped(body));
    EXPECT_TRUE(finished);
}

}  // namespace
}  // namespace md::async
