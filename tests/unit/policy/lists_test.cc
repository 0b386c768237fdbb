// tests/unit/policy/lists_test.cc - policy/lists.h and policy/text_list.h

#include "policy/lists.h"

#include <gtest/gtest.h>

#include <map>

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
    const auto found = lists.find(list, "", *IpAddress::parse(address), kNow);
    return found ? found->value : "-";
}

std::string sender_of(const Lists& lists, const char* sender) {
    const auto found = lists.find_name(List::black, Kind::sender, "", sender, kNow);
    return found ? found->value : "-";
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

struct NameCase {
    Kind kind;
    const char* asked;
    const char* met;
};

TEST(PolicyLists, NamesAreMetByTheMostPreciseEntry) {
    Lists lists;
    for (const char* const value : {"mail.example.org", "*.example.org", "*.sub.example.org", "dsl*.org", "*.org"})
        for (const auto kind : {Kind::host, Kind::helo}) lists.put(entry(List::black, kind, value));
    for (const char* const value : {"bob@example.org", "*@example.org", "*@*.example.org", "b*@*.example.org"})
        lists.put(entry(List::black, Kind::recipient, value));
    lists.put(entry(List::black, Kind::helo, "ylmf-pc"));
    for (const auto& one : {
             NameCase{Kind::host, "MAIL.example.org.", "mail.example.org"},
             NameCase{Kind::host, "other.example.org", "*.example.org"},
             NameCase{Kind::host, "a.b.sub.example.org", "*.sub.example.org"},
             NameCase{Kind::host, "sub.example.org", "*.example.org"},
             NameCase{Kind::host, "dsl1.example.net.org", "dsl*.org"},
             NameCase{Kind::host, "dsl1.x.example.org", "*.example.org"},
             NameCase{Kind::host, "example.org", "*.org"},
             NameCase{Kind::host, "org", "-"},
             NameCase{Kind::host, "mail.example.org.evil.test", "-"},
             NameCase{Kind::host, "ylmf-pc", "-"},
             NameCase{Kind::helo, "YLMF-PC", "ylmf-pc"},
             NameCase{Kind::helo, "", "-"},
             NameCase{Kind::recipient, "Bob@example.org", "bob@example.org"},
             NameCase{Kind::recipient, "ann@example.org", "*@example.org"},
             NameCase{Kind::recipient, "ann@x.example.org", "*@*.example.org"},
             NameCase{Kind::recipient, "bert@x.example.org", "b*@*.example.org"},
             NameCase{Kind::recipient, "postmaster", "-"},
             NameCase{Kind::sender, "bob@example.org", "-"},
         }) {
        const auto found = lists.find_name(List::black, one.kind, "", one.asked, kNow);
        EXPECT_EQ(found ? found->value : "-", one.met) << name(one.kind) << " " << one.asked;
    }
}

TEST(PolicyLists, EachScopeIsByItself) {
    Lists lists;
    auto one = entry(List::black, Kind::sender, "spam@example.org");
    one.scope = "ann@example.com";
    lists.put(one);
    one = entry(List::black, Kind::ip, "192.0.2.0/24");
    one.scope = "example.com";
    lists.put(one);
    one = entry(List::black, Kind::sender, "s*m@example.org");
    one.scope = "example.com";
    lists.put(one);
    EXPECT_EQ(sender_of(lists, "spam@example.org"), "-");
    EXPECT_EQ(network_of(lists, "192.0.2.1"), "-");
    const auto in = [&](std::string_view scope) {
        const auto found = lists.find_name(List::black, Kind::sender, scope, "spam@example.org", kNow);
        return found ? found->value : "-";
    };
    EXPECT_EQ(in("ann@example.com"), "spam@example.org");
    EXPECT_EQ(in("example.com"), "s*m@example.org");
    EXPECT_EQ(in("example.net"), "-");
    EXPECT_TRUE(lists.find(List::black, "example.com", *IpAddress::parse("192.0.2.1"), kNow));
    EXPECT_EQ(lists.scoped(List::black), 3u);
    lists.clear();
    EXPECT_EQ(lists.scoped(List::black), 0u);
}

TEST(PolicyLists, ACopyForLookUpsKeepsEndsAndNoComments) {
    Lists copy(Lists::Detail::matching);
    auto one = entry(List::black, Kind::ip, "192.0.2.1");
    one.comment = "sold";
    one.who = "root";
    one.expires = kNow;
    copy.put(one);
    EXPECT_EQ(copy.passing(), 1u);
    EXPECT_EQ(network_of(copy, "192.0.2.1"), "-");
    one.expires = kNow + std::chrono::seconds(1);
    copy.put(one);
    const auto found = copy.find_key(key_of(one));
    ASSERT_TRUE(found);
    EXPECT_EQ(found->expires, one.expires);
    EXPECT_EQ(found->comment, "");
    copy.remove(one);
    EXPECT_EQ(copy.passing(), 0u);
}

TEST(PolicyLists, WhatIsNotInItsFormChangesNothing) {
    Lists lists;
    const auto good = entry(List::black, Kind::ip, "192.0.2.1");
    EXPECT_FALSE(lists.put_record("x", encode_record(good)));
    EXPECT_FALSE(lists.put_record(key_of(good), "x"));
    EXPECT_EQ(lists.size(), 0u);
}

/// Against a std::map: puts, replacements of other lengths and removals in a fixed disorder, and a walk over the rest.
TEST(PolicyEntryTable, HoldsWhatAMapHolds) {
    EntryTable table;
    std::map<std::string, std::string> model;
    std::uint64_t random = 7;
    const auto next = [&random](std::uint64_t below) {
        random = random * 6364136223846793005U + 1442695040888963407U;
        return (random >> 33) % below;
    };
    for (int i = 0; i < 60'000; ++i) {
        const auto key = "key" + std::to_string(next(5'000));
        if (next(3) == 0) {
            EXPECT_EQ(table.remove(key), model.erase(key) == 1);
        } else {
            const std::string record(next(300), static_cast<char>('a' + next(26)));
            EXPECT_EQ(table.put(key, record), !model.contains(key));
            model[key] = record;
        }
    }
    EXPECT_EQ(table.size(), model.size());
    for (const auto& [key, record] : model) EXPECT_EQ(table.find(key), record);
    EXPECT_FALSE(table.find("key5000"));
    std::map<std::string, std::string> walked;
    auto cursor = table.begin();
    while (const auto item = table.next(cursor)) walked.emplace(item->key, item->record);
    EXPECT_EQ(walked, model);
}

TEST(PolicyEntryTable, BecomesCompactWhenMostOfItIsGone) {
    EntryTable table;
    const std::string record(1000, 'x');
    for (int i = 0; i < 10'000; ++i) table.put("key" + std::to_string(i), record);
    const auto full = table.bytes();
    const auto cursor = table.begin();
    EXPECT_FALSE(table.stale(cursor));
    for (int i = 10; i < 10'000; ++i) table.remove("key" + std::to_string(i));
    EXPECT_TRUE(table.stale(cursor));
    EXPECT_LT(table.bytes(), full / 2);
    for (int i = 0; i < 10; ++i) EXPECT_EQ(table.find("key" + std::to_string(i)), record);
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

TEST(PolicyTextList, ReadsForWhomAnEntryCounts) {
    const auto read = parse_text(List::black,
                                 "helo ylmf-pc for Example.com until 2027-01-01T00:00:00Z # x\n"
                                 "recipient info@example.com for ann@example.com\n",
                                 kNow);
    ASSERT_TRUE(read);
    EXPECT_EQ((*read)[0].scope, "example.com");
    EXPECT_EQ((*read)[0].comment, "x");
    EXPECT_EQ((*read)[1].scope, "ann@example.com");
    EXPECT_EQ(format_text(*read),
              "helo ylmf-pc for example.com until 2027-01-01T00:00:00.000000Z # x\n"
              "recipient info@example.com for ann@example.com\n");
}

TEST(PolicyTextList, TellsEveryFaultWithItsLine) {
    const auto read = parse_text(
        List::black,
        "ip 192.0.2.1/24\nip 192.0.2.1\naccount a@b\nsender\nip 1.2.3.4 until soon\nip 1.2.3.4 for ever more\n"
        "ip 1.2.3.4 for @\nhost x y\n",
        kNow);
    ASSERT_FALSE(read);
    std::vector<std::size_t> lines;
    for (const auto& fault : read.error()) lines.push_back(fault.line);
    EXPECT_EQ(lines, (std::vector<std::size_t>{1, 3, 4, 5, 6, 7, 8}));
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
