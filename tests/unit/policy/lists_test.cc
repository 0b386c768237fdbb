// tests/unit/policy/lists_test.cc - policy/lists.h and policy/text_list.h

#include "policy/lists.h"

#include <gtest/gtest.h>

#include "policy/text_list.h"

namespace md::policy {
namespace {

const WallTime kNow = *parse_rfc3339("2026-11-25T10:30:00Z");

Entry entry(List list, Kind kind, const std::string& value) {
    Entry one;
    one.list = list;
    one.kind = kind;
    one.value = *canonical(kind, value);
    return one;
}

Lists with(std::initializer_list<const char*> values, Kind kind) {
    Lists lists;
    for (const char* const value : values) lists.put(entry(List::black, kind, value));
    return lists;
}

std::string network_of(const Lists& lists, const char* address, List list = List::black) {
    const auto* const found = lists.find(list, *IpAddress::parse(address), kNow);
    return found == nullptr ? "-" : found->value;
}

std::string sender_of(const Lists& lists, const char* sender) {
    const auto* const found = lists.find_sender(List::black, sender, kNow);
    return found == nullptr ? "-" : found->value;
}

TEST(PolicyLists, TheLongestPrefixIsFound) {
    const auto lists = with({"192.0.2.0/24", "192.0.2.128/25", "192.0.2.200", "2001:db8::/32", "0.0.0.0/0"}, Kind::ip);
    EXPECT_EQ(network_of(lists, "192.0.2.1"), "192.0.2.0/24");
    EXPECT_EQ(network_of(lists, "192.0.2.129"), "192.0.2.128/25");
    EXPECT_EQ(network_of(lists, "192.0.2.200"), *canonical(Kind::ip, "192.0.2.200"));
    EXPECT_EQ(network_of(lists, "198.51.100.1"), "0.0.0.0/0");
    EXPECT_EQ(network_of(lists, "2001:db8:1::1"), "2001:db8::/32");
    EXPECT_EQ(network_of(lists, "2001:db9::1"), "-");
    EXPECT_EQ(network_of(lists, "::ffff:192.0.2.1"), "192.0.2.0/24") << "the IPv4 address that it is";
    EXPECT_EQ(network_of(lists, "192.0.2.1", List::white), "-");
}

TEST(PolicyLists, TheAddressGoesBeforeItsDomainAndThatBeforePatterns) {
    const auto lists = with({"alice@example.org", "example.org", "*@*.org", "<>"}, Kind::sender);
    EXPECT_EQ(sender_of(lists, "Alice@Example.org"), "alice@example.org");
    EXPECT_EQ(sender_of(lists, "bob@example.org"), "*@example.org");
    EXPECT_EQ(sender_of(lists, "bob@sub.org"), "*@*.org");
    EXPECT_EQ(sender_of(lists, "bob@example.net"), "-");
    EXPECT_EQ(sender_of(lists, "bob@example.org.evil.net"), "-");
    EXPECT_EQ(sender_of(lists, ""), "<>");
}

TEST(PolicyLists, APatternDoesNotMeanTheNullSender) {
    EXPECT_EQ(sender_of(with({"*@*", "a*"}, Kind::sender), ""), "-");
}

TEST(PolicyLists, WhatIsOverCountsForNothing) {
    Lists lists;
    auto wide = entry(List::black, Kind::ip, "192.0.2.0/24");
    auto narrow = entry(List::black, Kind::ip, "192.0.2.1");
    narrow.expires = kNow;
    lists.put(wide);
    lists.put(narrow);
    EXPECT_EQ(network_of(lists, "192.0.2.1"), "192.0.2.0/24");
    narrow.expires = kNow + std::chrono::seconds(1);
    lists.put(narrow);
    EXPECT_EQ(lists.size(), 2u);
    EXPECT_EQ(network_of(lists, "192.0.2.1"), narrow.value);
}

TEST(PolicyLists, WhatIsRemovedIsGoneFromEveryIndex) {
    Lists lists;
    for (const char* const value : {"192.0.2.0/24", "192.0.3.0/24"}) lists.put(entry(List::black, Kind::ip, value));
    for (const char* const value : {"a@b.org", "b.org", "*x@c.org"}) lists.put(entry(List::black, Kind::sender, value));
    lists.remove(entry(List::black, Kind::ip, "192.0.2.0/24"));
    EXPECT_EQ(network_of(lists, "192.0.2.1"), "-");
    EXPECT_EQ(network_of(lists, "192.0.3.1"), "192.0.3.0/24");
    for (const char* const value : {"a@b.org", "b.org", "*x@c.org"})
        lists.remove(entry(List::black, Kind::sender, value));
    EXPECT_EQ(sender_of(lists, "a@b.org"), "-");
    EXPECT_EQ(sender_of(lists, "xx@c.org"), "-");
    EXPECT_EQ(lists.size(), 1u);
    EXPECT_EQ(lists.patterns(List::black), 0u);
}

TEST(PolicyTextList, ReadsEntriesWithTimeAndComment) {
    const auto read = parse_text(
        List::black,
        "# a comment\n\n ip 192.0.2.0/24\r\nsender Spam@Example.org until 2027-01-01T00:00:00Z # sold my address\n"
        "sender example.net #twice",
        kNow);
    ASSERT_TRUE(read);
    ASSERT_EQ(read->size(), 3u);
    EXPECT_EQ((*read)[0].value, "192.0.2.0/24");
    EXPECT_EQ((*read)[1].value, "spam@example.org");
    EXPECT_EQ((*read)[1].comment, "sold my address");
    EXPECT_EQ((*read)[1].expires, parse_rfc3339("2027-01-01T00:00:00Z"));
    EXPECT_EQ((*read)[2].comment, "twice");
    EXPECT_EQ((*read)[2].created, kNow);
}

TEST(PolicyTextList, TellsEveryFaultWithItsLine) {
    const auto read =
        parse_text(List::black,
                   "ip 192.0.2.1/24\nip 192.0.2.1\nhost x\nsender\nip 1.2.3.4 until soon\nip 1.2.3.4 for ever\n", kNow);
    ASSERT_FALSE(read);
    std::vector<std::size_t> lines;
    for (const auto& fault : read.error()) lines.push_back(fault.line);
    EXPECT_EQ(lines, (std::vector<std::size_t>{1, 3, 4, 5, 6}));
}

TEST(PolicyTextList, WhatIsWrittenIsReadAsTheSame) {
    auto one = entry(List::white, Kind::sender, "*.example.org");
    one.comment = "# with a hash";
    one.created = kNow;
    one.expires = *parse_rfc3339("2027-01-01T00:00:00.25Z");
    auto two = entry(List::white, Kind::ip, "2001:db8::/32");
    two.created = kNow;
    const std::vector<Entry> entries{one, two};
    const auto read = parse_text(List::white, format_text(entries), kNow);
    ASSERT_TRUE(read);
    EXPECT_EQ(*read, entries);
}

}  // namespace
}  // namespace md::policy
