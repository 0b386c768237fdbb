// tests/unit/mail/text_finder_test.cc - mail/text_finder.h

#include "mail/text_finder.h"

#include <gtest/gtest.h>

#include "mail/casemap.h"

namespace md::mail {
namespace {

bool holds(std::string_view text, std::string_view needle, std::size_t piece) {
    TextFinder finder({casemap(needle)});
    for (std::size_t at = 0; at < text.size(); at += piece) finder.feed(text.substr(at, piece));
    EXPECT_EQ(finder.found(0), finder.all_found());
    return finder.found(0);
}

bool holds(std::string_view text, std::string_view needle) {
    const bool found = holds(text, needle, 1000);
    for (std::size_t piece = 1; piece < 9; ++piece) EXPECT_EQ(holds(text, needle, piece), found) << piece;
    return found;
}

TEST(TextFinder, FindsWhateverTheCase) {
    EXPECT_TRUE(holds("Hello, World", "hello"));
    EXPECT_TRUE(holds("Hello, World", "o, w"));
    EXPECT_TRUE(holds("grüße", "GRÜ"));
    EXPECT_TRUE(holds("gru\u0308n", "Grün"));
    EXPECT_TRUE(holds("Привет", "привет"));
    EXPECT_FALSE(holds("Hello, World", "worlds"));
    EXPECT_FALSE(holds("", "a"));
    EXPECT_TRUE(holds("", ""));
}

TEST(TextFinder, FindsSeveralAtOnce) {
    TextFinder finder({"A", "BC", "", "D"});
    EXPECT_TRUE(finder.found(2));
    finder.feed("xb");
    finder.feed("c");
    EXPECT_TRUE(finder.found(1));
    EXPECT_FALSE(finder.found(0));
    finder.feed("da");
    EXPECT_TRUE(finder.all_found());
}

TEST(TextFinder, NothingIsFoundAcrossTexts) {
    TextFinder finder({"AB"});
    finder.feed("a");
    finder.end_text();
    finder.feed("b");
    EXPECT_FALSE(finder.found(0));
}

TEST(TextFinder, LongTextsAndLongStrings) {
    const std::string filler(100000, 'x');
    EXPECT_TRUE(holds(filler + "needle" + filler, "NEEDLE", 5000));
    EXPECT_TRUE(holds("a" + filler + "b", std::string(50000, 'x') + "b", 777));
    EXPECT_FALSE(holds(filler, std::string(100001, 'x'), 5000));
}

TEST(TextFinder, APortionIsSmallWhereMuchIsLookedFor) {
    std::vector<std::string> many;
    for (int i = 0; i < 900; ++i) many.push_back("NEEDLE" + std::to_string(i));
    const TextFinder one({"A"}), finder(std::move(many)), none({""});
    EXPECT_EQ(one.portion(), 64u * 1024);
    EXPECT_EQ(none.portion(), 64u * 1024);
    EXPECT_LT(finder.portion(), 8u * 1024);
    EXPECT_GE(finder.portion(), 512u);
}

TEST(TextFinder, PortionsAreOneText) {
    std::vector<std::string> needles{"XY", "YZ", "ZX"};
    for (int i = 0; i < 9000; ++i) needles.push_back("NEEDLE" + std::to_string(i));
    TextFinder finder(needles), second({"XY", "YX"});
    TextPortions portions;
    EXPECT_TRUE(portions.done());
    const std::string filler(finder.portion() - 1, '.');
    portions.take(filler + "xyz");
    std::size_t count = 0;
    for (; !portions.done(); ++count) portions.give(finder, &second);
    EXPECT_EQ(count, 2u);
    portions.take("x");
    portions.give(finder, &second);
    EXPECT_TRUE(portions.done());
    EXPECT_TRUE(finder.found(0) && finder.found(1) && second.found(0));
    EXPECT_FALSE(finder.found(2));  // the text before it has ended
    EXPECT_FALSE(second.found(1));
}

}  // namespace
}  // namespace md::mail
