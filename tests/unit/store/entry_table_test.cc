// tests/unit/store/entry_table_test.cc - store/entry_table.h, keyword_sets.h and key_index.h

#include "store/entry_table.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

using namespace md::store;

namespace {

Known message(Uid uid, std::string_view name, Flags flags = 0) {
    Known out;
    out.uid = uid;
    out.modseq = uid + 1;
    out.flags = flags;
    out.size_lf = 10;
    out.name = name;
    return out;
}

std::vector<Uid> uids(const EntryTable& table) {
    std::vector<Uid> out;
    for (const auto& known : table) out.push_back(known.uid);
    return out;
}

TEST(EntryTable, KeepsWhatItIsGivenWhereverItsTextsWere) {
    EntryTable table;
    {
        std::string name = "1.a.host,S=10";
        std::string letters = "FS";
        std::string id = "Mabc";
        auto given = message(7, name, flag::seen);
        given.letters = letters;
        given.email_id = id;
        given.where = Where::in_cur;
        ASSERT_TRUE(table.add(given));
        name.assign(name.size(), 'x');
        letters.assign(2, 'x');
        id.assign(4, 'x');
    }
    const auto known = table.find(7);
    ASSERT_TRUE(known);
    EXPECT_EQ(known->name, "1.a.host,S=10");
    EXPECT_EQ(known->letters, "FS");
    EXPECT_EQ(known->email_id, "Mabc");
    EXPECT_EQ(known->uidl, "");
    EXPECT_EQ(known->where, Where::in_cur);
    EXPECT_EQ(table.find_key("1.a.host")->uid, 7U);
    EXPECT_FALSE(table.find_key("1.a"));
    EXPECT_FALSE(table.find(6));
}

TEST(EntryTable, AUidOrAKeyIsThereOnce) {
    EntryTable table;
    ASSERT_TRUE(table.add(message(5, "a")));
    EXPECT_FALSE(table.add(message(5, "b")));
    EXPECT_FALSE(table.add(message(6, "a,S=7")));
    EXPECT_FALSE(table.add(message(6, ".hidden")));
    ASSERT_TRUE(table.add(message(3, "c")));
    EXPECT_EQ(uids(table), (std::vector<Uid>{3, 5}));
    ASSERT_TRUE(table.remove(5));
    EXPECT_FALSE(table.remove(5));
    EXPECT_TRUE(table.add(message(5, "b"))) << "the place of a removed one is free";
    EXPECT_EQ(table.find(5)->name, "b");
    EXPECT_FALSE(table.has_key("a"));
}

TEST(EntryTable, ANewNameIsOfTheSameMessage) {
    EntryTable table;
    ASSERT_TRUE(table.add(message(1, "a,S=10")));
    table.set_name(1, "b,S=10");
    EXPECT_EQ(table.find(1)->name, "a,S=10");
    table.set_name(1, "a,S=10,W=12");
    EXPECT_EQ(table.find(1)->name, "a,S=10,W=12");
    EXPECT_EQ(table.find_key("a")->uid, 1U);
}

TEST(EntryTable, KnowsTheFirstUnseenAndTheMisnamed) {
    EntryTable table;
    for (Uid uid = 1; uid <= 5; ++uid) ASSERT_TRUE(table.add(message(uid, std::string(uid, 'k'), flag::seen)));
    EXPECT_EQ(table.first_unseen(), 0U);
    EXPECT_EQ(table.next_misnamed(1), 0U);
    table.set_flags(4, 0, 0, 9);
    EXPECT_EQ(table.first_unseen(), 4U);
    table.set_flags(2, 0, 0, 9);
    EXPECT_EQ(table.first_unseen(), 2U);
    table.remove(2);
    EXPECT_EQ(table.first_unseen(), 4U);
    table.set_misnamed(5, true);
    table.set_misnamed(3, true);
    EXPECT_EQ(table.next_misnamed(1), 3U);
    EXPECT_EQ(table.next_misnamed(4), 5U);
    table.set_misnamed(3, false);
    EXPECT_EQ(table.next_misnamed(1), 5U);
    ASSERT_TRUE(table.add(message(9, "new")));
    EXPECT_EQ(table.first_unseen(), 4U);
}

TEST(EntryTable, IsAMapUnderAnyChanges) {
    std::mt19937 random(1);
    EntryTable table;
    std::map<Uid, std::string> model;
    for (int step = 0; step < 20'000; ++step) {
        const Uid uid = 1 + random() % 4'000;
        if (random() % 3 != 0) {
            const auto name = "k" + std::to_string(uid) + ".x,S=" + std::to_string(step);
            EXPECT_EQ(table.add(message(uid, name)), model.try_emplace(uid, name).second);
        } else {
            EXPECT_EQ(table.remove(uid), model.erase(uid) == 1);
        }
    }
    ASSERT_EQ(table.size(), model.size());
    auto expected = model.begin();
    for (const auto& known : table) {
        EXPECT_EQ(known.uid, expected->first);
        EXPECT_EQ(known.name, (expected++)->second);
    }
    for (Uid uid = 1; uid <= 4'000; ++uid)
        EXPECT_EQ(table.find_key("k" + std::to_string(uid) + ".x").has_value(), model.contains(uid));
    std::size_t within = 0;
    for (const auto& known : table.range(1'000, 1'999)) within += known.uid >= 1'000 && known.uid <= 1'999 ? 1 : 0;
    EXPECT_EQ(within, static_cast<std::size_t>(std::distance(model.lower_bound(1'000), model.upper_bound(1'999))));
}

TEST(KeywordSets, AreSharedAndComparedWithoutCase) {
    KeywordSets sets;
    const auto work = sets.of({"Work", "$Junk", "WORK"});
    EXPECT_EQ(sets.names(work), (std::vector<std::string>{"$Junk", "Work"}));
    EXPECT_EQ(sets.of({"work", "$junk"}), work);
    EXPECT_TRUE(sets.has(work, "wOrK"));
    EXPECT_FALSE(sets.has(0, "work"));
    EXPECT_EQ(sets.changed(work, false, {"Later"}, {"$JUNK"}), sets.of({"later", "Work"}));
    EXPECT_EQ(sets.changed(work, true, {}, {}), 0U);
}

TEST(KeywordSets, KnowThoseInUseAndTheirFirstSpelling) {
    KeywordSets sets;
    const auto one = sets.of({"Work"});
    EXPECT_EQ(sets.count_in_use(), 0U);
    sets.count(one, 1);
    sets.count(sets.of({"WORK", "Home"}), 1);
    EXPECT_EQ(sets.in_use(), (std::vector<std::string>{"Home", "Work"}));
    EXPECT_EQ(sets.count_in_use(), 2U);
    EXPECT_EQ(sets.spelling("work"), "Work");
    sets.count(one, -1);
    EXPECT_EQ(sets.in_use(), (std::vector<std::string>{"Home", "Work"}));
    sets.count(sets.of({"work", "home"}), -1);
    EXPECT_TRUE(sets.in_use().empty());
    EXPECT_EQ(sets.spelling("work"), "");
    EXPECT_EQ(sets.names(sets.of({"work"})), (std::vector<std::string>{"work"})) << "nobody had it any more";
}

}  // namespace
