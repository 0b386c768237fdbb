// tests/unit/base/strings_test.cc - base/strings.h

#include "base/strings.h"

#include <gtest/gtest.h>

namespace md {
namespace {

TEST(Strings, TrimDropsBlanksAtBothEnds) {
    EXPECT_EQ(trim(" \t a b \r\n"), "a b");
    EXPECT_EQ(trim(" \r\n"), "");
}

TEST(Strings, SplitKeepsEmptyPieces) {
    const auto pieces = split("a,,b,", ',');
    ASSERT_EQ(pieces.size(), 4u);
    EXPECT_EQ(pieces[1], "");
    EXPECT_EQ(pieces[3], "");
}

TEST(Strings, NumberIsWholeOrNothing) {
    EXPECT_EQ(parse_number<std::uint32_t>("4294967295"), 4294967295u);
    EXPECT_FALSE(parse_number<std::uint32_t>("4294967296"));
    EXPECT_FALSE(parse_number<std::uint32_t>(""));
    EXPECT_FALSE(parse_number<std::uint32_t>("12x"));
    EXPECT_FALSE(parse_number<std::uint32_t>("-1"));
}

TEST(Strings, NearestNameIsOneThatMayBeMeant) {
    EXPECT_EQ(nearest_name("hostnam", {"hostname", "smtp", "dns"}), "hostname");
    EXPECT_EQ(nearest_name("smpt", {"hostname", "smtp", "dns"}), "smtp");
    EXPECT_EQ(nearest_name("completely_else", {"hostname", "smtp"}), "");
}

TEST(Strings, PrintableEscapesAndCuts) {
    EXPECT_EQ(printable("a\r\nb"), "a\\x0d\\x0ab");
    EXPECT_EQ(printable("aaaaaa", 3), "aaa...");
}

TEST(Strings, ConstantTimeCompare) {
    EXPECT_TRUE(equal_constant_time("abc", "abc"));
    EXPECT_FALSE(equal_constant_time("abc", "abd"));
    EXPECT_FALSE(equal_constant_time("abc", "ab"));
}

}  // namespace
}  // namespace md
