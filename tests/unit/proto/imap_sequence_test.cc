// tests/unit/proto/imap_sequence_test.cc - see src/proto/imap/sequence_set.h and sequence_view.h

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "proto/imap/sequence_set.h"
#include "proto/imap/sequence_view.h"

namespace {

using md::imap::NumberRange;
using md::imap::SequenceSet;
using md::imap::SequenceView;

std::string resolved(std::string_view text, std::uint32_t star) {
    const auto set = SequenceSet::parse(text);
    if (!set) return "none";
    std::string out;
    md::imap::append_ranges(out, set->resolve(star));
    return out;
}

TEST(ImapSequenceSet, RfcExamples) {
    EXPECT_EQ(resolved("2,4:7,9,12:*", 15), "2,4:7,9,12:15");
    EXPECT_EQ(resolved("*:4,5:7", 10), "4:10");
    EXPECT_EQ(resolved("4:2", 10), "2:4");
    EXPECT_EQ(resolved("3291:*", 100), "100:3291");
}

TEST(ImapSequenceSet, JoinsAndSorts) {
    EXPECT_EQ(resolved("9,1,3,2,2,7:8", 20), "1:3,7:9");
    EXPECT_EQ(resolved("4294967295,1:4294967295", 20), "1:4294967295");
    EXPECT_EQ(resolved("*", 4294967295u), "4294967295");
}

TEST(ImapSequenceSet, RefusesWhatIsNone) {
    for (const auto* text :
         {"", "0", "01", "1,", ",1", "1::2", "1:", ":1", "a", "1 2", "4294967296", "1:0", "-1", "**"})
        EXPECT_EQ(resolved(text, 10), "none") << text;
}

SequenceView view_of(const std::vector<std::uint32_t>& uids) {
    SequenceView view;
    for (const auto uid : uids) EXPECT_TRUE(view.append(uid));
    return view;
}

TEST(ImapSequenceView, NumbersAndUids) {
    const auto view = view_of({5, 6, 7, 100, 102, 103});
    EXPECT_EQ(view.size(), 6u);
    EXPECT_EQ(view.runs().size(), 3u);
    EXPECT_EQ(view.last_uid(), 103u);
    EXPECT_EQ(view.uid_of(1), 5u);
    EXPECT_EQ(view.uid_of(4), 100u);
    EXPECT_EQ(view.uid_of(6), 103u);
    EXPECT_EQ(view.uid_of(0), std::nullopt);
    EXPECT_EQ(view.uid_of(7), std::nullopt);
    EXPECT_EQ(view.sequence_of(7), 3u);
    EXPECT_EQ(view.sequence_of(102), 5u);
    EXPECT_EQ(view.sequence_of(101), std::nullopt);
    EXPECT_EQ(view.sequence_of(4), std::nullopt);
    EXPECT_EQ(view.sequence_of(104), std::nullopt);
}

TEST(ImapSequenceView, UidsOnlyGrow) {
    auto view = view_of({5});
    EXPECT_FALSE(view.append(5));
    EXPECT_FALSE(view.append(4));
    EXPECT_FALSE(SequenceView().append(0));
    EXPECT_TRUE(view.append(4294967295u));
    EXPECT_EQ(view.last_uid(), 4294967295u);
    EXPECT_EQ(view.sequence_of(4294967295u), 2u);
    EXPECT_EQ(view.expunge({{1, 4294967295u}}), (std::vector<std::uint32_t>{1, 1}));
}

TEST(ImapSequenceView, ExpungeTellsNumbersAsTheyAreThen) {
    // RFC 3501 §7.4.1: the last five of nine are told as 5, 5, 5, 5, 5.
    auto view = view_of({1, 2, 3, 4, 5, 6, 7, 8, 9});
    EXPECT_EQ(view.expunge({{5, 9}}), (std::vector<std::uint32_t>{5, 5, 5, 5, 5}));
    EXPECT_EQ(view.size(), 4u);
    // RFC 3501 §6.4.3: 3, 4, 7 and 11 of eleven are told as 3, 3, 5, 8.
    view = view_of({1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11});
    EXPECT_EQ(view.expunge({{3, 4}, {7, 7}, {11, 300}}), (std::vector<std::uint32_t>{3, 3, 5, 8}));
    EXPECT_EQ(view.uid_of(3), 5u);
    EXPECT_EQ(view.sequence_of(10), 7u);
    EXPECT_TRUE(view.expunge({{3, 4}}).empty());
}

TEST(ImapSequenceView, NumbersBeyondTheLastAreWrong) {
    const auto view = view_of({5, 9});
    const auto select = [&](std::string_view text) { return view.select_sequence(*SequenceSet::parse(text)); };
    EXPECT_FALSE(select("3"));
    EXPECT_FALSE(select("1:3"));
    EXPECT_FALSE(SequenceView().select_sequence(*SequenceSet::parse("*")));
    EXPECT_FALSE(SequenceView().select_sequence(*SequenceSet::parse("1")));
    EXPECT_EQ(*select("*"), (std::vector<SequenceView::Run>{{2, 9, 1}}));
    EXPECT_EQ(*select("1:*"), (std::vector<SequenceView::Run>{{1, 5, 1}, {2, 9, 1}}));
}

TEST(ImapSequenceView, UidsThatAreNotThereMeanNothing) {
    const auto view = view_of({5, 6, 9});
    const auto select = [&](std::string_view text) { return view.select_uids(*SequenceSet::parse(text)); };
    EXPECT_EQ(select("1:4,7:8,10"), (std::vector<SequenceView::Run>{}));
    EXPECT_EQ(select("6:9"), (std::vector<SequenceView::Run>{{2, 6, 1}, {3, 9, 1}}));
    EXPECT_EQ(select("100:*"), (std::vector<SequenceView::Run>{{3, 9, 1}}));
    EXPECT_TRUE(SequenceView().select_uids(*SequenceSet::parse("*")).empty());
    EXPECT_TRUE(view.select_uids(std::vector<NumberRange>{}).empty());
}

TEST(ImapSequenceView, AgreesWithAPlainList) {
    std::mt19937 random(5);
    for (int round = 0; round < 200; ++round) {
        std::vector<std::uint32_t> uids;
        for (std::uint32_t uid = 1; uid < 60; ++uid)
            if (random() % 3 != 0) uids.push_back(uid);
        auto view = view_of(uids);
        std::vector<NumberRange> ranges;
        for (int i = 0; i < 4; ++i) {
            const auto first = static_cast<std::uint32_t>(random() % 60 + 1);
            ranges.push_back({first, first + static_cast<std::uint32_t>(random() % 10)});
        }
        md::imap::normalise(ranges);
        const auto inside = [&](std::uint32_t uid) {
            return std::any_of(ranges.begin(), ranges.end(), [&](auto& r) { return uid >= r.first && uid <= r.last; });
        };
        std::uint32_t selected = 0;
        for (const auto& run : view.select_uids(ranges)) {
            selected += run.count;
            for (std::uint32_t i = 0; i < run.count; ++i) {
                EXPECT_TRUE(inside(run.uid + i));
                EXPECT_EQ(view.sequence_of(run.uid + i), run.sequence + i);
            }
        }
        EXPECT_EQ(selected, std::count_if(uids.begin(), uids.end(), inside));
        auto told = view.expunge(ranges);
        for (std::size_t i = 0; i < uids.size();) {
            if (!inside(uids[i])) {
                ++i;
                continue;
            }
            ASSERT_FALSE(told.empty());
            EXPECT_EQ(told.front(), i + 1);
            told.erase(told.begin());
            uids.erase(uids.begin() + static_cast<std::ptrdiff_t>(i));
        }
        EXPECT_TRUE(told.empty());
        EXPECT_EQ(view.runs(), view_of(uids).runs());
    }
}

}  // namespace
