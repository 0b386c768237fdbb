// tests/unit/mdqueue/clock_watch_test.cc - a wall clock that is set

#include "mdqueue/clock_watch.h"

#include <gtest/gtest.h>

namespace md::mdqueue {
namespace {

using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::minutes;
using std::chrono::seconds;

struct ClockWatchTest : testing::Test {
    ClockWatchTest() { watch.look(wall, steady); }
    /// Time passes, and the clock is set by `jump`.
    microseconds pass(microseconds time, microseconds jump = microseconds(0)) {
        wall += time + jump;
        steady += time;
        watch.look(wall, steady);
        return watch.take_jump();
    }
    WallTime wall{seconds(1'790'000'000)};
    ClockWatch::Steady steady{seconds(77)};
    ClockWatch watch;
};

TEST_F(ClockWatchTest, TimeThatPassesIsNoJump) {
    EXPECT_EQ(pass(hours(24 * 400)), microseconds(0));
    EXPECT_EQ(pass(seconds(1), ClockWatch::kJump - microseconds(1)), microseconds(0));
    EXPECT_EQ(pass(seconds(1), -ClockWatch::kJump + microseconds(1)), microseconds(0));
    EXPECT_EQ(watch.ahead(), microseconds(0));
}

TEST_F(ClockWatchTest, ItRemembersWhenItWasSetAhead) {
    const auto before = wall;
    EXPECT_EQ(pass(minutes(5), hours(24 * 365)), hours(24 * 365));
    EXPECT_EQ(watch.ahead(), hours(24 * 365));
    EXPECT_EQ(watch.since(), before + minutes(5));
    EXPECT_EQ(pass(minutes(5), hours(1)), hours(1));
    EXPECT_EQ(watch.ahead(), hours(24 * 365 + 1));
    EXPECT_EQ(watch.since(), before + minutes(5)) << "the first";
}

TEST_F(ClockWatchTest, WhatIsSetBackAgainIsForgotten) {
    (void)pass(minutes(5), hours(24 * 365));
    EXPECT_EQ(pass(minutes(5), -hours(24 * 365)), -hours(24 * 365));
    EXPECT_EQ(watch.ahead(), microseconds(0));
    EXPECT_EQ(pass(minutes(5), -hours(1)), -hours(1));
    EXPECT_EQ(watch.ahead(), microseconds(0)) << "never behind";
}

}  // namespace
}  // namespace md::mdqueue
