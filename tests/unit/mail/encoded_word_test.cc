// tests/unit/mail/encoded_word_test.cc - mail/encoded_word.h

#include "mail/encoded_word.h"

#include <gtest/gtest.h>

namespace md::mail {
namespace {

TEST(EncodedWord, ExamplesOfTheRfc) {  // RFC 2047 §8
    EXPECT_EQ(decode_words("=?US-ASCII?Q?Keith_Moore?= <moore@cs.utk.edu>"), "Keith Moore <moore@cs.utk.edu>");
    EXPECT_EQ(decode_words("=?ISO-8859-1?Q?Keld_J=F8rn_Simonsen?= <keld@dkuug.dk>"),
              "Keld Jørn Simonsen <keld@dkuug.dk>");
    EXPECT_EQ(decode_words("=?ISO-8859-1?Q?Andr=E9?= Pirard <PIRARD@vm1.ulg.ac.be>"),
              "André Pirard <PIRARD@vm1.ulg.ac.be>");
    EXPECT_EQ(decode_words("=?ISO-8859-1?B?SWYgeW91IGNhbiByZWFkIHRoaXMgeW8=?=\r\n"
                           " =?ISO-8859-2?B?dSB1bmRlcnN0YW5kIHRoZSBleGFtcGxlLg==?=\r\n"),
              "If you can read this you understand the example.");
    EXPECT_EQ(decode_words("Nathaniel Borenstein <nsb@thumper.bellcore.com>\r\n"
                           "         (=?iso-8859-8?b?7eXs+SDv4SDp7Oj08A==?=)"),
              "Nathaniel Borenstein <nsb@thumper.bellcore.com>         (םולש ןב ילטפנ)");
}

TEST(EncodedWord, BlanksBetweenWordsAreNotShown) {  // RFC 2047 §8, the table
    EXPECT_EQ(decode_words("(=?ISO-8859-1?Q?a?=)"), "(a)");
    EXPECT_EQ(decode_words("(=?ISO-8859-1?Q?a?= b)"), "(a b)");
    EXPECT_EQ(decode_words("(=?ISO-8859-1?Q?a?= =?ISO-8859-1?Q?b?=)"), "(ab)");
    EXPECT_EQ(decode_words("(=?ISO-8859-1?Q?a?=  =?ISO-8859-1?Q?b?=)"), "(ab)");
    EXPECT_EQ(decode_words("(=?ISO-8859-1?Q?a?=\r\n    =?ISO-8859-1?Q?b?=)"), "(ab)");
    EXPECT_EQ(decode_words("(=?ISO-8859-1?Q?a_b?=)"), "(a b)");
    EXPECT_EQ(decode_words("(=?ISO-8859-1?Q?a?= =?ISO-8859-2?Q?_b?=)"), "(a b)");
}

TEST(EncodedWord, JoinsACharacterThatTwoWordsShare) {
    EXPECT_EQ(decode_words("=?utf-8?Q?gr=C3?= =?utf-8?Q?=BC=C3=9F?="), "grüß");
    EXPECT_EQ(decode_words("=?UTF-8?B?w?=\r\n =?utf-8?Q?=C3?= =?utf-8?B?vA==?="), "ü") << "encodings mixed";
    EXPECT_EQ(decode_words("=?utf-8?Q?=C3?= x =?utf-8?Q?=BC?="), "\xef\xbf\xbd x \xef\xbf\xbd") << "no neighbours";
    EXPECT_EQ(decode_words("=?utf-7?Q?+AOQ?= =?utf-7?Q?b?="), "äb");
}

TEST(EncodedWord, TakesWhatSendersWrite) {
    EXPECT_EQ(decode_words("=?utf-8?q?a?==?UTF-8?b?Yg==?="), "ab") << "no blank between";
    EXPECT_EQ(decode_words("\"=?utf-8?q?a?=\" <a@b>"), "\"a\" <a@b>") << "in quotes";
    EXPECT_EQ(decode_words("x=?utf-8?q?a?=y"), "xay");
    EXPECT_EQ(decode_words("=?utf-8*de?q?a?="), "a");  // RFC 2231 §5
    EXPECT_EQ(decode_words("=?utf-8?q?What?"
                           "?="),
              "What?");
    EXPECT_EQ(decode_words("=?utf-8?B?Zm8?="), "fo") << "no padding";
    EXPECT_EQ(decode_words("=?utf-8?q?"
                           "?="),
              "");
    EXPECT_EQ(decode_words("=?x-none?q?=E4?="), "ä") << "a charset that nobody knows is guessed";
}

TEST(EncodedWord, LeavesWhatIsNone) {
    for (const std::string_view text : {"=?utf-8?x?a?=", "=?utf-8?q?a b?=", "=?utf-8?q?a", "=?utf-8?q?a?", "=??q?a?=",
                                        "=?utf-8?q", "=?", "=?utf-8", "a =? b ?= c", "=?utf 8?q?a?=", "=?utf-8?qq?a?="})
        EXPECT_EQ(decode_words(text), text);
    EXPECT_EQ(decode_words("=?=?utf-8?q?a?="), "=?a");
}

TEST(EncodedWord, UnfoldsAndReadsEightBits) {
    EXPECT_EQ(decode_words("  a\r\n b\r\n"), "a b");
    EXPECT_EQ(decode_words("gr\xc3\xbc\xc3\x9f"), "grüß");
    EXPECT_EQ(decode_words("gr\xfc\xdf =?utf-8?q?a?="), "grüß a");
    EXPECT_EQ(decode_words(""), "");
}

TEST(EncodedWord, IsLinear) {
    std::string hostile;
    for (int i = 0; i < 200000; ++i) hostile += "=?a?q?x";
    EXPECT_EQ(decode_words(hostile), hostile);
    hostile.assign(1 << 20, '?');
    EXPECT_EQ(decode_words("=?a?q?" + hostile).size(), hostile.size() + 6);
}

}  // namespace
}  // namespace md::mail
