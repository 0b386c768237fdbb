// tests/unit/base/clock_test.cc - base/clock.h

#include "base/clock.h"

#include <gtest/gtest.h>

namespace md {
namespace {

TEST(Clock, ReadsTimesOfRfc3339AndNothingElse) {
    const auto time = parse_rfc3339("2026-11-25T10:30:00.5Z");
    ASSERT_TRUE(time);
    EXPECT_EQ(rfc3339(*time), "2026-11-25T10:30:00.500000Z");
    for (const char* const text : {"", "2026-11-25", "2026-11-25T10:30:00", "2026-13-25T10:30:00Z",
                                   "2026-02-30T10:30:00Z", "2026-11-25T24:30:00Z", "2026-11-25T10:30:00.Z",
                                   "2026-11-25t10:30:00Z", "2026-11-25T10:30:00+01:00", "2026-11-25T10:30:00.1234567Z"})
        EXPECT_FALSE(parse_rfc3339(text)) << text;
}

TEST(Clock, WritesWhatItReads) {
    for (const std::int64_t micros : {0LL, 1LL, 999'999LL, 1'790'000'000'123'456LL, -1LL, 253'402'300'799'999'999LL}) {
        const WallTime time{std::chrono::microseconds(micros)};
        EXPECT_EQ(parse_rfc3339(rfc3339(time)), time) << rfc3339(time);
    }
    EXPECT_EQ(rfc3339(*parse_rfc3339("0027-01-01T00:00:00Z")), "0027-01-01T00:00:00.000000Z");
    EXPECT_EQ(rfc3339(WallTime{}), "1970-01-01T00:00:00.000000Z");
}

TEST(Clock, CountsSecondsDownwardsBeforeTheEpoch) {
    EXPECT_EQ(unix_seconds(WallTime{std::chrono::microseconds(1'999'999)}), 1);
    EXPECT_EQ(unix_seconds(WallTime{std::chrono::microseconds(-1)}), -1);
}

TEST(Clock, TheSystemsDoesNotStandStill) {
    const auto before = real_clock().now();
    EXPECT_GT(before, *parse_rfc3339("2020-01-01T00:00:00Z"));
    while (real_clock().now() == before) {
    }
    EXPECT_GT(real_clock().now(), before);
}

}  // namespace
}  // namespace md
