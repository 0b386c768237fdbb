// tests/unit/async/deadline_heap_test.cc - async/deadline_heap.h

#include "async/deadline_heap.h"

#include <gtest/gtest.h>

#include <iterator>
#include <memory>
#include <random>
#include <set>
#include <vector>

#include "async/loop.h"

namespace md::async {
namespace {

using std::chrono::seconds;

Deadline at(int second) {
    return Deadline(seconds(second));
}

/// A coroutine that waits for a deadline alone, without the coroutine.
std::unique_ptr<Waiter> wait_until(Deadline deadline) {
    auto waiter = std::make_unique<Waiter>();
    waiter->suspend(std::noop_coroutine(), nullptr, nullptr, deadline, nullptr);
    return waiter;
}

TEST(DeadlineHeap, KnowsTheSoonestWhateverComesAndGoes) {
    Loop loop;
    auto& heap = loop.deadlines();
    EXPECT_EQ(heap.soonest(), never());
    std::minstd_rand random(7);
    std::multiset<Deadline> expected;
    std::vector<std::pair<Deadline, std::unique_ptr<Waiter>>> waiters;
    for (int step = 0; step < 5000; ++step) {
        if (waiters.empty() || random() % 5 < 3) {
            const auto deadline = at(static_cast<int>(random() % 50));  // many are equal
            waiters.emplace_back(deadline, wait_until(deadline));
            expected.insert(deadline);
        } else {
            const auto gone = std::next(waiters.begin(), static_cast<std::ptrdiff_t>(random() % waiters.size()));
            expected.erase(expected.find(gone->first));
            waiters.erase(gone);
        }
        ASSERT_EQ(heap.soonest(), expected.empty() ? never() : *expected.begin()) << step;
    }
}

TEST(DeadlineHeap, WakesWhatIsDueAndLeavesTheRest) {
    Loop loop;
    auto& heap = loop.deadlines();
    const auto early = wait_until(at(1));
    const auto due = wait_until(at(2));
    const auto late = wait_until(at(3));
    heap.expire(at(0));
    EXPECT_EQ(heap.soonest(), at(1));
    heap.expire(at(2));
    EXPECT_EQ(heap.soonest(), at(3));
    EXPECT_EQ(early->woken(), Woken::timed_out);
}

TEST(DeadlineHeap, AWaiterThatWasWokenMayGo) {
    Loop loop;
    auto waiter = wait_until(at(1));
    loop.deadlines().expire(at(1));
    waiter.reset();
    EXPECT_EQ(loop.deadlines().soonest(), never());
}

}  // namespace
}  // namespace md::async
