// tests/unit/mail/casemap_test.cc - mail/casemap.h

#include "mail/casemap.h"

#include <gtest/gtest.h>

namespace md::mail {
namespace {

TEST(Casemap, MapsAsciiToItsCapitals) {
    EXPECT_EQ(casemap(""), "");
    EXPECT_EQ(casemap("Hello, World 42"), "HELLO, WORLD 42");
}

TEST(Casemap, FollowsTheExampleOfTheRfc) {  // RFC 5051 §2, step 2
    EXPECT_EQ(casemap("\u01C4"), "Dz\u030C");
    EXPECT_EQ(casemap("\u01C6"), casemap("\u01C5"));
}

TEST(Casemap, DecomposesAndForgetsCase) {
    EXPECT_EQ(casemap("ä"), "A\u0308");
    EXPECT_EQ(casemap("Ä"), casemap("ä"));
    EXPECT_EQ(casemap("a\u0308"), casemap("Ä"));
    EXPECT_EQ(casemap("привет"), "ПРИВЕТ");
    EXPECT_EQ(casemap("ω"), casemap("Ω"));
    EXPECT_EQ(casemap("ﬁ"), "fi") << "the decomposition of a sign without capital is not mapped again";
    EXPECT_EQ(casemap("ａ"), "A") << "a wide letter";
    EXPECT_EQ(casemap("①"), "1");
    EXPECT_EQ(casemap("각"), "\u1100\u1161\u11A8");
    EXPECT_EQ(casemap("ß"), "ß");
    EXPECT_EQ(casemap("😀𐐨"), "😀𐐀");
}

TEST(Casemap, LeavesWhatIsNoUtf8) {  // RFC 5051 §2, step 1b
    EXPECT_EQ(casemap("a\xff"), "a\xff");
    EXPECT_EQ(casemap("a\xc3"), "a\xc3");
}

TEST(Casemap, TakesWholeCharactersAlone) {
    std::string out;
    EXPECT_EQ(casemap_some("aä\xc3", out), 3U);
    EXPECT_EQ(out, "AA\u0308");
    EXPECT_EQ(casemap_some("\xe2\x82", out), 0U);
}

}  // namespace
}  // namespace md::mail
