// tests/unit/async/scope_test.cc - async/scope.h

#include "async/scope.h"

#include <gtest/gtest.h>

#include <stdexcept>

#include "async/loop.h"
#include "async/sync.h"

namespace md::async {
namespace {

using std::chrono::hours;

Task<void> sleeps_for_ever(int* cancelled) {
    try {
        co_await sleep_for(hours(10'000));
    } catch (const Cancelled&) {
        ++*cancelled;
        throw;
    }
}

Task<void> fails() {
    co_await yield();
    throw std::runtime_error("child");
}

Task<void> body_with_failing_child(Scope& scope, int* cancelled) {
    scope.spawn(sleeps_for_ever(cancelled));
    scope.spawn(sleeps_for_ever(cancelled));
    scope.spawn(fails());
    co_await sleeps_for_ever(cancelled);
}

TEST(Scope, FirstFailureCancelsTheOthersAndIsRethrown) {
    Loop loop;
    int cancelled = 0;
    auto body = [&](Scope& scope) { return body_with_failing_child(scope, &cancelled); };
    EXPECT_THROW(loop.run(scoped(body)), std::runtime_error);
    EXPECT_EQ(cancelled, 3);
}

Task<void> body_that_cancels(Scope& scope, int* cancelled) {
    scope.spawn(sleeps_for_ever(cancelled));
    co_await yield();
    scope.cancel();
}

TEST(Scope, CancelEndsChildrenQuietly) {
    Loop loop;
    int cancelled = 0;
    auto body = [&](Scope& scope) { return body_that_cancels(scope, &cancelled); };
    loop.run(scoped(body));
    EXPECT_EQ(cancelled, 1);
}

Task<void> body_with_child(Scope& scope, int* cancelled) {
    scope.spawn(sleeps_for_ever(cancelled));
    co_await sleeps_for_ever(cancelled);
}

Task<void> inner_scope(int* cancelled, bool* passed_on) {
    auto body = [cancelled](Scope& scope) { return body_with_child(scope, cancelled); };
    try {
        co_await scoped(body);
    } catch (const Cancelled&) {
        *passed_on = true;
    }
}

Task<void> outer_body(Scope& scope, int* cancelled, bool* passed_on) {
    scope.spawn(inner_scope(cancelled, passed_on));
    co_await yield();
    scope.cancel();
}

TEST(Scope, CancellingTheOuterReachesTheInner) {
    Loop loop;
    int cancelled = 0;
    bool passed_on = false;
    auto body = [&](Scope& scope) { return outer_body(scope, &cancelled, &passed_on); };
    loop.run(scoped(body));
    EXPECT_EQ(cancelled, 2);
    EXPECT_TRUE(passed_on);
}

Task<void> waits_after_cancel(bool* thrown) {
    try {
        co_await sleep_for(hours(1));
    } catch (const Cancelled&) {
        // A clean-up that waits again is told at once.
    }
    try {
        co_await sleep_for(hours(1));
    } catch (const Cancelled&) {
        *thrown = true;
    }
}

Task<void> body_cancels(Scope& scope, bool* thrown) {
    scope.spawn(waits_after_cancel(thrown));
    co_await yield();
    scope.cancel();
}

TEST(Scope, EveryLaterWaitOfACancelledCoroutineEndsToo) {
    Loop loop;
    bool thrown = false;
    auto body = [&](Scope& scope) { return body_cancels(scope, &thrown); };
    loop.run(scoped(body));
    EXPECT_TRUE(thrown);
}

}  // namespace
}  // namespace md::async
