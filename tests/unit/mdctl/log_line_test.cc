// tests/unit/mdctl/log_line_test.cc - lines of the log read back and chosen

#include "mdctl/log_line.h"

#include <gtest/gtest.h>

namespace md::mdctl {
namespace {

constexpr char kText[] =
    "2026-11-25T10:30:00.123456Z mdsmtpd/session[12] info abc123 auth-refused account=a@b.example peer=192.0.2.1:4711 "
    "reason=\"wrong \\\"x\\\" \\\\ y\"";

TEST(LogLine, OfTextIsTheObjectOfJson) {
    const auto line = read_log_line(kText);
    ASSERT_TRUE(line.has_value());
    EXPECT_EQ(line->dump(),
              "{\"time\":\"2026-11-25T10:30:00.123456Z\",\"daemon\":\"mdsmtpd\",\"child\":\"session\",\"pid\":12,"
              "\"level\":\"info\",\"session\":\"abc123\",\"event\":\"auth-refused\",\"account\":\"a@b.example\","
              "\"peer\":\"192.0.2.1:4711\",\"reason\":\"wrong \\\"x\\\" \\\\ y\"}");
    EXPECT_EQ(read_log_line(line->dump()), line);
}

TEST(LogLine, WithoutSessionHasNone) {
    const auto line = read_log_line("2026-11-25T10:30:00Z mdqueue[7] notice - started version=0.1.0");
    ASSERT_TRUE(line.has_value());
    EXPECT_EQ(line->find("session"), nullptr);
    EXPECT_EQ(line->find("child"), nullptr);
    EXPECT_EQ(line->text("version"), "0.1.0");
}

TEST(LogLine, OfOthersIsNone) {
    for (const auto* text : {"", "hello", "{", "a b c d e f", "2026 x[y] info - e", "t d[1] info - e junk"})
        EXPECT_FALSE(read_log_line(text).has_value()) << text;
}

TEST(LogFilter, AsksForAllThatItNames) {
    const auto line = *read_log_line(kText);
    EXPECT_TRUE(matches({}, line));
    EXPECT_TRUE(matches({"abc123", "A@b.example", "192.0.2.1", "mdsmtpd"}, line));
    EXPECT_FALSE(matches({"abc12", "", "", ""}, line));
    EXPECT_FALSE(matches({"", "b@b.example", "", ""}, line));
    EXPECT_FALSE(matches({"", "", "192.0.2.11", ""}, line));
    EXPECT_FALSE(matches({"", "", "192.0.2", ""}, line));
    EXPECT_FALSE(matches({"", "", "", "mdqueue"}, line));
}

TEST(LogFilter, KnowsPeersAndAccountsByWhateverTheyAreCalled) {
    const auto line = [](const char* fields) {
        return *read_log_line(std::string("2026-11-25T10:30:00Z mdqueue[7] info - e ") + fields);
    };
    const LogFilter bob{"", "bob@x.example", "", ""};
    EXPECT_TRUE(matches(bob, line("id=1 recipient=bob@x.example")));
    EXPECT_TRUE(matches(bob, line("id=1 sender=Bob@x.example recipients=1")));
    EXPECT_FALSE(matches(bob, line("id=1 recipient=alice@x.example cause=bob@x.example")));
    const LogFilter v6{"", "", "2001:db8::1", ""};
    EXPECT_TRUE(matches(v6, line("client=2001:db8::1 sender=a@b")));
    EXPECT_TRUE(matches(v6, line("peer=[2001:db8::1]:4711")));
    EXPECT_FALSE(matches(v6, line("peer=[2001:db8::1:1]:4711")));
    EXPECT_FALSE(matches(v6, line("ip=2001:db8::1:1"))) << "another address";
}

}  // namespace
}  // namespace md::mdctl
