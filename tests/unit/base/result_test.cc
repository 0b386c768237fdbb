// tests/unit/base/result_test.cc - base/result.h

#include "base/result.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace md {
namespace {

Result<int, std::string> half(int number) {
    if (number % 2 != 0) return fail("odd");
    return number / 2;
}

TEST(Result, HoldsAValueOrTheReasonWhyThereIsNone) {
    const auto four = half(8);
    ASSERT_TRUE(four);
    EXPECT_EQ(*four, 4);
    const auto none = half(3);
    ASSERT_FALSE(none);
    EXPECT_EQ(none.error(), "odd");
    EXPECT_EQ(none.value_or(-1), -1);
    EXPECT_EQ(four.value_or(-1), 4);
}

TEST(Result, GivesAwayWhatCanOnlyBeMoved) {
    Result<std::unique_ptr<int>, std::string> result(std::make_unique<int>(7));
    const auto taken = std::move(*result);
    EXPECT_EQ(*taken, 7);
}

TEST(Result, TellsTwoSidesOfOneTypeApart) {
    const Result<std::string, std::string> good(std::string("yes"));
    const Result<std::string, std::string> bad(fail(std::string("no")));
    EXPECT_TRUE(good);
    EXPECT_FALSE(bad);
    EXPECT_EQ(bad.error(), "no");
}

TEST(Result, WithoutAValueIsDoneOrWhyNot) {
    const Result<void, std::string> done;
    EXPECT_TRUE(done);
    const Result<void, std::string> not_done(fail(std::string("full")));
    EXPECT_FALSE(not_done);
    EXPECT_EQ(not_done.error(), "full");
}

TEST(ResultDeathTest, TheSideThatIsNotThereIsOurBug) {
    GTEST_FLAG_SET(death_test_style, "threadsafe");
    EXPECT_DEATH((void)*half(3), "");
    EXPECT_DEATH((void)half(4).error(), "");
}

}  // namespace
}  // namespace md
