// tests/unit/proto/imap_sequence_test.cc - see src/proto/imap/sequence_set.h

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "proto/imap/sequence_set.h"

namespace {

using md::imap::NumberRange;
using md::imap::SequenceSet;

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

}  // namespace
