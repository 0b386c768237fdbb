// tests/unit/daemon/backoff_test.cc - daemon/backoff.h

#include "daemon/backoff.h"

#include <gtest/gtest.h>

#include <vector>

namespace md::daemon {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(Backoff, StartsAnotherAtOnceThenWaitsLongerUpToTenSeconds) {
    Backoff backoff;
    std::vector<milliseconds> waits;
    for (int i = 0; i < 10; ++i) waits.push_back(backoff.next(seconds(1)));
    const std::vector<milliseconds> expected{
        milliseconds(0),    milliseconds(100),  milliseconds(200),  milliseconds(400), milliseconds(800),
        milliseconds(1600), milliseconds(3200), milliseconds(6400), seconds(10),       seconds(10)};
    EXPECT_EQ(waits, expected);
}

TEST(Backoff, ForgetsAfterThirtySecondsOfLife) {
    Backoff backoff;
    for (int i = 0; i < 5; ++i) (void)backoff.next(seconds(0));
    EXPECT_GT(backoff.next(milliseconds(29'999)), milliseconds(0));
    EXPECT_EQ(backoff.next(seconds(30)), milliseconds(0));
    EXPECT_EQ(backoff.next(seconds(0)), milliseconds(100));
}

}  // namespace
}  // namespace md::daemon
