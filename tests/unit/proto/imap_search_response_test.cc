// tests/unit/proto/imap_search_response_test.cc - proto/imap/search_response.h

#include "proto/imap/search_response.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace md::imap {
namespace {

/// What a writer gives, piece by piece.
template <class Writer>
std::string written(Writer writer, std::size_t piece = 1) {
    std::string out;
    while (writer.write(out, piece)) {
    }
    return out;
}

TEST(SearchResponse, Esearch) {  // RFC 4731 §3.1
    std::string out;
    append_esearch(out, "A285", true);
    EXPECT_EQ(out, "* ESEARCH (TAG \"A285\") UID");
}

TEST(SearchResponse, Numbers) {
    EXPECT_EQ(written(NumberWriter({})), "");
    EXPECT_EQ(written(NumberWriter({2, 84, 882})), " 2 84 882");
    EXPECT_EQ(written(NumberWriter({2, 84, 882}), 1000), " 2 84 882");
}

TEST(SearchResponse, SetsKeepTheirOrder) {  // RFC 4731 §3.1, RFC 5267 §3.2
    EXPECT_EQ(written(SetWriter({2, 10, 11})), "2,10:11");
    EXPECT_EQ(written(SetWriter({1, 2, 3})), "1:3");
    EXPECT_EQ(written(SetWriter({23765, 23764, 23763, 23761})), "23765,23764,23763,23761");
    EXPECT_EQ(written(SetWriter({5, 6, 2, 3, 4294967295})), "5:6,2:3,4294967295");
}

/// Adds a node with its next sibling and first child, which were added before.
std::uint32_t add(mail::Forest& forest, std::uint32_t number, std::uint32_t first_child, std::uint32_t next) {
    forest.nodes.push_back({number, first_child, next});
    return static_cast<std::uint32_t>(forest.nodes.size() - 1);
}

TEST(SearchResponse, ThreadsAsTheRfcShowsThem) {  // RFC 5256 §4
    constexpr auto none = mail::Forest::kNone;
    mail::Forest forest;
    const auto ninety_six = add(forest, 96, none, none);
    const auto seven = add(forest, 7, ninety_six, none);
    const auto forty_four = add(forest, 44, seven, none);
    const auto twenty_three = add(forest, 23, none, none);
    const auto four = add(forest, 4, twenty_three, forty_four);
    const auto six = add(forest, 6, four, none);
    const auto three = add(forest, 3, six, none);
    forest.first_root = add(forest, 2, none, three);
    EXPECT_EQ(written(ThreadWriter(forest)), "(2)(3 6 (4 23)(44 7 96))");
    mail::Forest siblings;
    const auto five = add(siblings, 5, none, none);
    siblings.first_root = add(siblings, 0, add(siblings, 3, none, five), none);
    EXPECT_EQ(written(ThreadWriter(siblings)), "((3)(5))");
    const mail::Forest nothing;
    EXPECT_EQ(written(ThreadWriter(nothing)), "");
}

TEST(SearchResponse, ThreadsOfAnyDepth) {
    mail::Forest forest;
    auto below = mail::Forest::kNone;
    for (std::uint32_t i = 0; i < 100000; ++i) {
        const auto leaf = add(forest, 2 * i + 1, mail::Forest::kNone, below);
        below = add(forest, 2 * i + 2, leaf, mail::Forest::kNone);
    }
    forest.first_root = below;
    const auto text = written(ThreadWriter(forest), 4096);
    EXPECT_EQ(text.substr(0, 24), "(200000 (199999)(199998 ");
    EXPECT_EQ(std::count(text.begin(), text.end(), '('), std::count(text.begin(), text.end(), ')'));
}

}  // namespace
}  // namespace md::imap
