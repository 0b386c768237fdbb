// tests/unit/store/sort_table_test.cc - store/text_pool.h, store/sort_table.h and store/sort_tables.h

#include "store/sort_table.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>

#include "store/sort_tables.h"

namespace md::store {
namespace {

SortReading reading(Uid uid, const std::string& fields) {
    return sort_reading(uid, summarise_header(fields + "\n"));
}

/// As it looks to a caller; parents are shown as numbers.
struct Seen {
    SortKeys keys;
    std::vector<std::uint32_t> parents;
};

std::vector<Seen> look(SortTable& table, const std::vector<Uid>& uids) {
    std::vector<Seen> out(uids.size());
    const SortTable::Use use = [&](std::size_t at, const SortKeys& keys) {
        out[at] = {keys, {keys.parents.begin(), keys.parents.end()}};
    };
    table.look(uids, use);
    return out;
}

/// A table with so many messages of subjects of their own.
void fill(SortTable& table, Uid first, Uid last) {
    std::vector<SortReading> read;
    for (auto uid = first; uid <= last; ++uid) read.push_back(reading(uid, "Subject: s" + std::to_string(uid) + "\n"));
    table.add(read);
}

TEST(TextPool, EqualTextsAreOneNumber) {
    TextPool pool;
    EXPECT_EQ(pool.put(""), 0U);
    EXPECT_EQ(pool.put("b"), 1U);
    EXPECT_EQ(pool.put("a"), 2U);
    EXPECT_EQ(pool.put("b"), 1U);
    EXPECT_EQ(pool.find("a"), 2U);
    EXPECT_EQ(pool.find("c"), 0U);
    EXPECT_EQ(pool.find(""), 0U);
    EXPECT_EQ(pool.size(), 2U);
}

TEST(TextPool, RanksCompareAsTexts) {
    TextPool pool;
    std::mt19937 random(1);
    std::vector<std::pair<std::string, TextPool::Number>> all{{"", 0}};
    for (int round = 0; round < 4; ++round) {
        for (int i = 0; i < 500; ++i) {
            std::string text(random() % 6, '\0');
            for (auto& c : text) c = static_cast<char>(random());
            all.emplace_back(text, pool.put(text));
        }
        const std::string large(3000 + static_cast<std::size_t>(round), 'x');
        all.emplace_back(large, pool.put(large));
        pool.rank();
        for (std::size_t i = 1; i < all.size(); ++i) {
            const auto& [text, number] = all[i];
            const auto& [other, its_number] = all[random() % i];
            EXPECT_EQ(text <=> other, pool.rank_of(number) <=> pool.rank_of(its_number));
        }
    }
    EXPECT_EQ(pool.rank_of(0), 0U);
    EXPECT_GT(pool.octets(), 4U * 3000);
}

TEST(SortTable, KeysOfMessages) {
    SortTable table;
    table.add({reading(3,
                       "Subject: Re: pear\nFrom: b@x\nTo: c@x\nDate: 1 Jan 2001 00:00:00 +0000\n"
                       "Message-ID: <3@x>\nReferences: <1@x> <2@x>\nIn-Reply-To: <9@x>\n"),
               reading(7,
                       "Subject: apple\nFrom: c@x\nCc: b@x\nMessage-ID: <2@x>\nIn-Reply-To: <1@x>\n"
                       "Message-ID: <second@x>\n"),
               reading(8, "Subject: PEAR\n")});
    EXPECT_EQ(table.size(), 3U);
    const auto seen = look(table, {3, 7, 8});
    EXPECT_EQ(seen[0].keys.sent, 978'307'200);
    EXPECT_TRUE(seen[0].keys.is_reply);
    EXPECT_FALSE(seen[1].keys.sent);
    EXPECT_FALSE(seen[1].keys.is_reply);
    EXPECT_EQ(seen[0].keys.subject, seen[2].keys.subject) << "prepared for comparing";
    EXPECT_LT(seen[1].keys.subject, seen[0].keys.subject);
    EXPECT_LT(seen[0].keys.from, seen[1].keys.from);
    EXPECT_EQ(seen[0].keys.to, seen[1].keys.from) << "one order for all texts";
    EXPECT_EQ(seen[0].keys.cc, 0U);
    EXPECT_EQ(seen[1].keys.cc, seen[0].keys.from);
    ASSERT_EQ(seen[0].parents.size(), 2U);
    EXPECT_EQ(seen[0].parents[1], seen[1].keys.id) << "the first Message-ID";
    EXPECT_EQ(seen[1].parents, std::vector{seen[0].parents[0]}) << "In-Reply-To where there are no references";
    EXPECT_EQ(seen[2].keys.id, 0U);
}

TEST(SortTable, IsFilledInAnyOrder) {
    SortTable table;
    EXPECT_EQ(table.missing(std::vector<Uid>{1, 5}), (std::vector<Uid>{1, 5}));
    fill(table, 40, 60);
    fill(table, 10, 20);
    fill(table, 15, 45);  // some are there
    fill(table, 100, 101);
    EXPECT_EQ(table.size(), 53U);
    std::vector<Uid> uids(110);
    for (Uid uid = 1; uid <= 110; ++uid) uids[uid - 1] = uid;
    const auto missing = table.missing(uids);
    EXPECT_EQ(missing.size(), 110U - 53);
    EXPECT_TRUE(std::binary_search(missing.begin(), missing.end(), 9U));
    EXPECT_FALSE(std::binary_search(missing.begin(), missing.end(), 10U));
    EXPECT_FALSE(std::binary_search(missing.begin(), missing.end(), 60U));
    EXPECT_TRUE(std::binary_search(missing.begin(), missing.end(), 61U));
    // Subjects s10 to s60 compare as their UIDs do.
    const auto seen = look(table, {10, 11, 33, 41, 60});
    EXPECT_TRUE(std::is_sorted(seen.begin(), seen.end(),
                               [](const auto& a, const auto& b) { return a.keys.subject < b.keys.subject; }));
    EXPECT_GT(seen.front().keys.subject, 0U);
}

TEST(SortTable, WhatIsNotThereIsEmpty) {
    SortTable table;
    fill(table, 2, 3);
    const auto seen = look(table, {1, 3, 9});
    EXPECT_EQ(seen[0].keys.subject, 0U);
    EXPECT_FALSE(seen[2].keys.sent);
    EXPECT_NE(seen[1].keys.subject, 0U);
    EXPECT_TRUE(look(table, {}).empty());
}

TEST(SortTable, NewTextsMoveRanks) {
    SortTable table;
    table.add({reading(1, "Subject: m\n"), reading(2, "Subject: z\n")});
    EXPECT_EQ(look(table, {1})[0].keys.subject, 1U);
    table.add({reading(3, "Subject: a\n")});
    const auto seen = look(table, {1, 2, 3});
    EXPECT_EQ(seen[0].keys.subject, 2U);
    EXPECT_EQ(seen[1].keys.subject, 3U);
    EXPECT_EQ(seen[2].keys.subject, 1U);
}

TEST(SortTable, ReferencesToStrangersHaveALimit) {
    SortTable table;
    // The identifiers of 1,100 messages, of a thousand strangers each: more than are kept.
    for (Uid uid = 1; uid <= 1100; ++uid) {
        SortReading read;
        read.uid = uid;
        read.links.id = std::to_string(uid);
        for (int i = 0; i < 1000; ++i) read.links.parents.push_back(std::to_string(uid) + "." + std::to_string(i));
        table.add({read});
    }
    SortReading last;
    last.uid = 2000;
    last.links.id = "last";
    last.links.parents = {"1", "new"};
    table.add({last});
    const auto seen = look(table, {1, 1000, 1100, 2000});
    EXPECT_EQ(seen[0].parents.size(), 1000U);
    EXPECT_EQ(seen[1].parents.size(), 1000U);
    EXPECT_EQ(seen[2].parents.size(), 0U);
    EXPECT_EQ(seen[3].parents, std::vector{seen[0].keys.id}) << "who is there is known";
    // Whoever arrives makes room for another.
    SortReading stranger;
    stranger.uid = 2001;
    stranger.links.id = "1.0";
    table.add({stranger});
    last.uid = 2002;
    table.add({last});
    EXPECT_EQ(look(table, {2002})[0].parents.size(), 2U);
}

TEST(SortTables, AreSharedAndKept) {
    SortTables tables;
    const auto one = tables.take("m1", 1, 10);
    fill(*one, 1, 10);
    tables.trim();
    EXPECT_EQ(tables.take("m1", 1, 10), one);
    EXPECT_NE(tables.take("m2", 1, 10), one);
    EXPECT_EQ(tables.take("m1", 1, 0), one) << "expunged ones may stay for a while";
}

TEST(SortTables, AnotherUidvalidityIsAnotherMailbox) {
    SortTables tables;
    const auto old = tables.take("m", 1, 10);
    fill(*old, 1, 10);
    const auto fresh = tables.take("m", 2, 10);
    EXPECT_NE(fresh, old);
    EXPECT_EQ(fresh->size(), 0U);
    EXPECT_EQ(tables.take("m", 2, 10), fresh);
}

TEST(SortTables, OneOfMessagesThatAreGoneIsBegunAnew) {
    SortTables tables;
    const auto old = tables.take("m", 1, 1500);
    fill(*old, 1, 1500);
    EXPECT_EQ(tables.take("m", 1, 250), old);
    const auto fresh = tables.take("m", 1, 249);
    EXPECT_NE(fresh, old);
    EXPECT_EQ(fresh->size(), 0U);
}

TEST(SortTables, ForgetWhatIsTooMuch) {
    SortTable sample;
    fill(sample, 1, 1000);
    SortTables tables(sample.octets() * 5 / 2);
    const auto one = tables.take("m1", 1, 1000), two = tables.take("m2", 1, 1000), three = tables.take("m3", 1, 1000);
    for (const auto& table : {one, two, three}) fill(*table, 1, 1000);
    EXPECT_EQ(tables.take("m1", 1, 1000), one);
    tables.trim();
    EXPECT_EQ(tables.take("m3", 1, 1000), three);
    EXPECT_EQ(tables.take("m1", 1, 1000), one);
    EXPECT_NE(tables.take("m2", 1, 1000), two) << "used least of late";
    // One that is too large by itself is not kept, and does not drive out the others.
    const auto large = tables.take("m4", 1, 5000);
    fill(*large, 1, 5000);
    EXPECT_GT(large->octets(), sample.octets() * 5 / 2);
    tables.trim();
    EXPECT_EQ(tables.take("m1", 1, 1000), one);
    EXPECT_NE(tables.take("m4", 1, 5000), large);
}

TEST(SortTables, AreNotTooMany) {
    SortTables tables;
    const auto first = tables.take("m0", 1, 0);
    for (std::size_t i = 1; i < SortTables::kCountLimit; ++i) (void)tables.take("m" + std::to_string(i), 1, 0);
    EXPECT_EQ(tables.take("m0", 1, 0), first);
    const auto second = tables.take("m1", 1, 0);
    for (std::size_t i = 0; i < SortTables::kCountLimit; ++i) (void)tables.take("n" + std::to_string(i), 1, 0);
    EXPECT_NE(tables.take("m1", 1, 0), second);
}

}  // namespace
}  // namespace md::store
