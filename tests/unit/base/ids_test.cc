// tests/unit/base/ids_test.cc - base/ids.h

#include "base/ids.h"

#include <gtest/gtest.h>

#include <set>

namespace md {
namespace {

struct FixedClock final : Clock {
    WallTime at{std::chrono::seconds(1'800'000'000)};
    [[nodiscard]] WallTime now() const noexcept override { return at; }
};

TEST(QueueId, TextIsReadBackAndSortsByTime) {
    FixedClock clock;
    QueueIdMaker maker(3, clock);
    const auto early = maker.make();
    clock.at += std::chrono::milliseconds(1);
    const auto late = maker.make();
    EXPECT_EQ(QueueId::parse(early.text()), early);
    EXPECT_LT(early.text(), late.text());
    EXPECT_EQ(early.text().size(), QueueId::kTextSize);
}

TEST(QueueId, NoTwoAlikeEvenWhenTheClockStepsBack) {
    FixedClock clock;
    QueueIdMaker maker(0, clock);
    std::set<std::uint64_t> seen;
    for (int i = 0; i < 200'000; ++i) {
        if (i % 1000 == 0) clock.at -= std::chrono::milliseconds(5);
        EXPECT_TRUE(seen.insert(maker.make().value()).second);
    }
}

TEST(QueueId, ParseRefusesWhatIsNone) {
    EXPECT_FALSE(QueueId::parse(""));
    EXPECT_FALSE(QueueId::parse("000000000000U"));
    EXPECT_FALSE(QueueId::parse("Z000000000000"));
    EXPECT_FALSE(QueueId::parse("../../etc/pas"));
}

TEST(QueueId, ChildIsTheSameEachTimeAndItsOwn) {
    const QueueId parent(42);
    EXPECT_EQ(parent.child("dsn", 0), parent.child("dsn", 0));
    EXPECT_NE(parent.child("dsn", 0), parent.child("dsn", 1));
    EXPECT_NE(parent.child("dsn", 0), parent.child("vacation", 0));
    EXPECT_NE(parent.child("dsn", 0), parent);
}

}  // namespace
}  // namespace md
