// tests/unit/mail/charset_test.cc - mail/charset.h

#include "mail/charset.h"

#include <gtest/gtest.h>

#include "base/utf8.h"

namespace md::mail {
namespace {

/// Decoded at once and in pieces of each small size: always the same.
std::string decoded(std::string_view octets, std::string_view charset) {
    auto whole = to_utf8(octets, charset);
    for (std::size_t piece = 1; piece < 6; ++piece) {
        CharsetDecoder decoder(charset);
        std::string out;
        for (std::size_t at = 0; at < octets.size(); at += piece) decoder.feed(octets.substr(at, piece), out);
        decoder.finish(out);
        EXPECT_EQ(out, whole) << charset << " in pieces of " << piece;
    }
    EXPECT_TRUE(is_utf8(whole));
    return whole;
}

TEST(Charset, DecodesWhatMailUses) {
    EXPECT_EQ(decoded("a\xe4", "ISO-8859-1"), "aä");
    EXPECT_EQ(decoded("\xb5\xb1", "iso-8859-2"), "ľą");
    EXPECT_EQ(decoded("\xf0\xd2\xc9\xd7\xc5\xd4", "KOI8-R"), "Привет");
    EXPECT_EQ(decoded("\xcf\xf0\xe8\xe2\xe5\xf2", "windows-1251"), "Привет");
    EXPECT_EQ(decoded("\x1b$B$3$s$K$A$O\x1b(B!", "iso-2022-jp"), "こんにちは!");
    EXPECT_EQ(decoded("\x82\xb1\x82\xf1", "Shift_JIS"), "こん");
    EXPECT_EQ(decoded("\xa4\xb3\xa4\xf3", "EUC-JP"), "こん");
    EXPECT_EQ(decoded("\xc4\xe3\xba\xc3", "gb18030"), "你好");
    EXPECT_EQ(decoded("\xa7\x41\xa6\x6e", "big5"), "你好");
    EXPECT_EQ(decoded("\xbe\xc8\xb3\xe7", "euc-kr"), "안녕");
    EXPECT_EQ(decoded("Hi Mom -+Jjo--!", "utf-7"), "Hi Mom -☺-!");  // RFC 2152, examples
    EXPECT_EQ(decoded("A+ImIDkQ.", "UTF-7"), "A≢Α.");
    EXPECT_EQ(decoded(std::string_view("a\0\xac\x20", 4), "utf-16le"), "a€");
}

TEST(Charset, ReadsAsSendersMeantIt) {
    EXPECT_EQ(decoded("\x93quoted\x94 \x80", "iso-8859-1"), "“quoted” €") << "windows-1252";
    EXPECT_EQ(decoded("\xe9\x46", "gb2312"), "镕") << "a character of GBK alone";
    EXPECT_EQ(decoded("\x8c\x63", "ks_c_5601-1987"), "똠") << "a character of CP949 alone";
    EXPECT_EQ(decoded("\x87\x40", "shift_jis"), "①") << "a character of CP932 alone";
}

TEST(Charset, TakesNamesAsTheyCome) {
    EXPECT_EQ(decoded("\xe4", "\"iso-8859-1\""), "ä");
    EXPECT_EQ(decoded("\xe4", " Latin1 "), "ä");
    EXPECT_EQ(decoded("\xe4", "iso-8859-1*de"), "ä");  // RFC 2231 §5
    EXPECT_TRUE(known_charset("UTF-8"));
    EXPECT_TRUE(known_charset("us-ascii"));
    EXPECT_FALSE(known_charset(""));
    EXPECT_FALSE(known_charset("UTF-8//TRANSLIT"));
    EXPECT_FALSE(known_charset("../../x"));
}

TEST(Charset, KnowsAllThatItTells) {
    for (const auto name : charset_names()) {
        EXPECT_TRUE(known_charset(name)) << name;
        if (name.starts_with("utf-16") || name.starts_with("utf-32")) continue;
        EXPECT_EQ(decoded("abc", name), "abc") << name;
    }
}

TEST(Charset, EveryNameHasADecoderOfItsOwn) {
    // Where the C library lacked one the guess would answer, and 0xa4 0xa4 would be two currency signs.
    for (const std::string_view name : {"iso-8859-16", "big5", "euc-kr", "gb18030", "koi8-u", "euc-jp", "viscii",
                                        "tcvn5712", "johab", "iso-8859-15", "ibm866", "macintosh", "armscii-8"})
        EXPECT_NE(decoded("\xa4\xa4", name), "¤¤") << name;
}

TEST(Charset, ReplacesWhatIsNoUtf8) {
    EXPECT_EQ(decoded("a\xe4z", "utf-8"), "a\xef\xbf\xbdz");
    EXPECT_EQ(decoded("a\xc3", "utf-8"), "a\xef\xbf\xbd");
    EXPECT_EQ(decoded("\xf0\x9f\x98", "utf-8"), "\xef\xbf\xbd");
    EXPECT_EQ(decoded("\xed\xa0\x80", "utf-8"), "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd") << "a surrogate";
    EXPECT_EQ(decoded("\xc0\x80", "utf-8"), "\xef\xbf\xbd\xef\xbf\xbd") << "an overlong form";
    EXPECT_EQ(decoded("\xc3\xc3\xa4", "utf-8"), "\xef\xbf\xbdä");
}

TEST(Charset, ReplacesWhatIsBrokenInOthers) {
    EXPECT_EQ(decoded("\xa4", "euc-jp"), "\xef\xbf\xbd");
    EXPECT_EQ(decoded("a\xff\xff z", "euc-kr"), "a\xef\xbf\xbd\xef\xbf\xbd z");
    EXPECT_EQ(decoded("\x1b$B$3", "iso-2022-jp"), "こ") << "not switched back";
}

TEST(Charset, GuessesWhereNothingIsKnown) {
    EXPECT_EQ(decoded("gr\xc3\xbc\xc3\x9f", "x-unknown"), "grüß");
    EXPECT_EQ(decoded("gr\xfc\xdf \x80", "us-ascii"), "grüß €");
    EXPECT_EQ(decoded("\xc3\xa4 \xe4", ""), "ä ä");
    EXPECT_EQ(guess_utf8("\xc3"), "Ã");
}

TEST(Charset, DecoderMayBeUsedAgain) {
    CharsetDecoder decoder("iso-2022-jp");
    std::string out;
    decoder.feed("\x1b$B$3", out);
    decoder.finish(out);
    out.clear();
    decoder.feed("abc", out);
    decoder.finish(out);
    EXPECT_TRUE(is_utf8(out));
    std::string other;
    CharsetDecoder anew("iso-2022-jp");
    anew.feed("abc", other);
    anew.finish(other);
    EXPECT_EQ(other, "abc") << "a descriptor that was used before begins anew";
}

}  // namespace
}  // namespace md::mail
