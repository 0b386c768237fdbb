// tests/unit/config/value_test.cc - durations, sizes, syntaxes

#include "config/value.h"

#include <gtest/gtest.h>

#include "config/syntax.h"

namespace md::config {
namespace {

using namespace std::chrono_literals;

TEST(Duration, IsReadInUnitsThatFall) {
    EXPECT_EQ(parse_duration("2ms"), 2ms);
    EXPECT_EQ(parse_duration("1h30m"), 90min);
    EXPECT_EQ(parse_duration("2w"), 14 * 24h);
    EXPECT_EQ(parse_duration("0"), 0ms);
    for (const auto* wrong :
         {"", "5", "m", "30m1h", "1m1m", "-5s", "5 s", "1.5h", "99999999999999999999s", "9999w", "5S"})
        EXPECT_FALSE(parse_duration(wrong).has_value()) << wrong;
}

TEST(Duration, IsWrittenAsPeopleSayIt) {
    for (const auto* text : {"2ms", "1m", "1h30m", "14d", "1d2h3m4s5ms", "0"})
        EXPECT_EQ(format_duration(*parse_duration(text)), text);
}

TEST(Size, IsReadInPowersOfTwo) {
    EXPECT_EQ(parse_size("256K"), 262144U);
    EXPECT_EQ(parse_size("25m"), 25U << 20);
    EXPECT_EQ(parse_size("1024"), 1024U);
    for (const auto* wrong : {"", "K", "-1", "1.5M", "25MB", "99999999999T", "2 M"})
        EXPECT_FALSE(parse_size(wrong).has_value()) << wrong;
    EXPECT_EQ(format_size(262144), "256K");
    EXPECT_EQ(format_size(1000), "1000");
    EXPECT_EQ(format_size(0), "0");
}

TEST(SyntaxOf, HostNamesAndPlaces) {
    EXPECT_TRUE(is_host_name("mail.example.org"));
    for (const auto* wrong : {"", "-a", "a-", "a..b", ".a", "a.", "a_b", "a b"})
        EXPECT_FALSE(is_host_name(wrong)) << wrong;
    const auto accepts = [](const char* name, const char* text) { return find_syntax(name)->accepts(text); };
    EXPECT_TRUE(accepts("resolver", "127.0.0.1:5353"));
    EXPECT_TRUE(accepts("resolver", "[::1]:53"));
    EXPECT_TRUE(accepts("resolver", "2001:db8::53"));
    EXPECT_FALSE(accepts("resolver", "ns.example.org:53"));
    EXPECT_FALSE(accepts("resolver", "127.0.0.1:0"));
    EXPECT_TRUE(accepts("milter", "unix:/run/rspamd.sock"));
    EXPECT_TRUE(accepts("milter", "inet:[127.0.0.1]:11332"));
    EXPECT_TRUE(accepts("milter", "inet:[::1]:11332"));
    EXPECT_FALSE(accepts("milter", "inet:rspamd.example.org:11332")) << "nobody would look the name up";
    EXPECT_FALSE(accepts("milter", "inet:[rspamd.example.org]:11332"));
    EXPECT_FALSE(accepts("milter", "inet:::1:11332"));
    EXPECT_TRUE(accepts("milter", "mdfilterd"));
    EXPECT_FALSE(accepts("milter-place", "mdfilterd"));
    EXPECT_TRUE(accepts("milter-place", "inet:127.0.0.1:8891"));
    EXPECT_FALSE(accepts("milter", "unix:relative"));
    EXPECT_TRUE(accepts("listen", "*"));
    EXPECT_FALSE(accepts("listen", "localhost"));
    EXPECT_TRUE(accepts("sender", "printer@example.org"));
    EXPECT_FALSE(accepts("sender", "@example.org"));
}

TEST(Quoted, IsATomlBasicString) {
    EXPECT_EQ(toml_string("a\"b\\c\n"), "\"a\\\"b\\\\c\\u000A\"");
}

TEST(TomlOf, BareTextIsAStringWhereTheRowHoldsOne) {
    const Row size{"x", Type::Size, "1", "", true, ""};
    const Row number{"x", Type::Integer, "1", "", true, ""};
    const Row list{"x", Type::StringList, "[]", "", true, ""};
    EXPECT_EQ(toml_of(size, "25M"), "\"25M\"");
    EXPECT_EQ(toml_of(size, "\"25M\""), "\"25M\"");
    EXPECT_EQ(toml_of(number, "7"), "7");
    EXPECT_EQ(toml_of(list, "[\"a\"]"), "[\"a\"]");
    EXPECT_EQ(toml_of(list, "a"), "\"a\"");
}

}  // namespace
}  // namespace md::config
