// tests/unit/mail/quoted_printable_encoder_test.cc - mail/quoted_printable_encoder.h

#include "mail/quoted_printable_encoder.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "base/strings.h"
#include "mail/transfer_decoder.h"

namespace md::mail {
namespace {

using namespace std::string_literals;
using Source = QuotedPrintableEncoder::Source;

std::string encoded(std::string_view text, std::size_t step, Source source) {
    QuotedPrintableEncoder encoder(source);
    std::string out;
    for (std::size_t at = 0; at < text.size(); at += step) encoder.feed(text.substr(at, step), out);
    encoder.finish(out);
    return out;
}

void expect_lines(std::string_view text) {
    for (const auto line : split(text, '\n')) {
        EXPECT_LE(line.size(), 76U) << line;
        EXPECT_FALSE(line.starts_with(".") || line.starts_with("--") || line.starts_with("From ")) << line;
        EXPECT_FALSE(line.ends_with(" ") || line.ends_with("\t")) << line;
        for (const char c : line) EXPECT_TRUE(c == '\t' || (c >= ' ' && c < '\x7f')) << line;
    }
}

/// With CRLF as LF: either ends a line.
std::string lines_of(std::string text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i)
        if (text[i] != '\r' || i + 1 == text.size() || text[i + 1] != '\n') out.push_back(text[i]);
    return out;
}

/// Of quoted text a CR before a line end may have been either.
std::string without_cr(std::string text) {
    for (std::size_t at = 0; (at = text.find("\r\n")) != std::string::npos;) text.erase(at, 1);
    return text;
}

std::string encoded(const std::string& text, Source source = Source::text) {
    const auto whole = encoded(text, text.size() + 1, source);
    for (const std::size_t step : {1, 2, 3, 7, 76}) EXPECT_EQ(encoded(text, step, source), whole) << step;
    expect_lines(whole);
    const auto back = transfer_decode(whole, Encoding::quoted_printable);
    if (source == Source::text) {
        EXPECT_EQ(back, lines_of(text));
    } else {
        EXPECT_EQ(without_cr(back), without_cr(transfer_decode(text, Encoding::quoted_printable)));
    }
    return whole;
}

TEST(QuotedPrintableEncoder, OctetsAsTheRulesHaveThem) {  // RFC 2045 §6.7
    EXPECT_EQ(encoded(""s), "");
    EXPECT_EQ(encoded("plain !~ text\n"s), "plain !~ text\n");
    EXPECT_EQ(encoded("gr\xc3\xbcn = 1\n"s), "gr=C3=BCn =3D 1\n");
    EXPECT_EQ(encoded("\0\x01\x7f\x80\xff"s), "=00=01=7F=80=FF");
    EXPECT_EQ(encoded("a\tb\n\n\nc"s), "a\tb\n\n\nc");
}

TEST(QuotedPrintableEncoder, BlanksAtTheEndOfALine) {  // rule 3
    EXPECT_EQ(encoded("a \nb\t\n \n  \n"s), "a=20\nb=09\n=20\n =20\n");
    EXPECT_EQ(encoded("a "s), "a=20");
    EXPECT_EQ(encoded("a \r\n"s), "a=20\n");
    EXPECT_EQ(encoded("a \r"s), "a =0D");
}

TEST(QuotedPrintableEncoder, LineEnds) {
    EXPECT_EQ(encoded("a\r\nb\n"s), "a\nb\n");
    EXPECT_EQ(encoded("a\rb\r\r\n"s), "a=0Db=0D\n");
    EXPECT_EQ(encoded("\r"s), "=0D");
}

TEST(QuotedPrintableEncoder, LongLinesAreBrokenSoftly) {  // rule 5
    EXPECT_EQ(encoded(std::string(75, 'x') + "\n"), std::string(75, 'x') + "\n");
    EXPECT_EQ(encoded(std::string(76, 'x') + "\n"), std::string(75, 'x') + "=\nx\n");
    EXPECT_EQ(encoded(std::string(73, 'x') + "\xff\n"), std::string(73, 'x') + "=\n=FF\n");
    EXPECT_EQ(encoded(std::string(74, 'x') + " \n"), std::string(74, 'x') + "=\n=20\n");
    encoded(std::string(5000, '\xff'));
    encoded(std::string(5000, ' '));
    encoded(std::string(5000, '-'));
}

TEST(QuotedPrintableEncoder, WhatAHopMightTouch) {
    EXPECT_EQ(encoded(".\n..\nFrom me\nFrom\nFrome x\n From me\n"s), "=2E\n=2E.\nFrom=20me\nFrom\nFrome x\n From me\n");
    EXPECT_EQ(encoded("From \n"s), "From=20\n");
    EXPECT_EQ(encoded("--b--\n-- \n-\n- -\n"s), "-=2Db--\n-=2D=20\n-\n- -\n");
    // Where a soft line break makes the front of a line
    EXPECT_EQ(encoded(std::string(75, 'x') + "--b.\n"), std::string(75, 'x') + "=\n-=2Db.\n");
    EXPECT_EQ(encoded(std::string(75, 'x') + ".\n"), std::string(75, 'x') + "=\n=2E\n");
    EXPECT_EQ(encoded(std::string(75, 'x') + "From x\n"), std::string(75, 'x') + "=\nFrom=20x\n");
}

TEST(QuotedPrintableEncoder, QuotedTextIsPutRight) {
    const auto put_right = [](const std::string& text) { return encoded(text, Source::quoted); };
    EXPECT_EQ(put_right("a=3Db=\nc =20\n"), "a=3Db=\nc =20\n");
    EXPECT_EQ(put_right("gr\xc3\xbcn=3D\n"), "gr=C3=BCn=3D\n");
    EXPECT_EQ(put_right("a  \nb= \t\nc\r\n"), "a\nb=\nc\n") << "blanks that do not count";
    EXPECT_EQ(put_right("a\0b\rc"s), "a=00b=0Dc");
    EXPECT_EQ(put_right("=zz = =4\n=\xff=4\xff"s), "=zz = =4\n==FF=4=FF") << "broken escapes stay broken";
    EXPECT_EQ(put_right(".=2E\n--=2D\n"), "=2E=2E\n-=2D=2D\n");
    for (std::size_t size = 60; size < 80; ++size) {
        const std::string front(size, 'x');
        for (const char* tail : {"=41\n", "=41", "==41\n", "=\n", "=", "=4\xff", "=  \n", "= =41\n", "====\n", "=4\n1"})
            put_right(front + tail);
    }
    put_right("=41" + std::string(900, ' ') + "=42" + std::string(900, ' ') + "\n");
}

TEST(QuotedPrintableEncoder, AnyTextIsTheSameBehindIt) {
    constexpr std::string_view kOctets = "=\n\r .-F4aZ\xff\t";
    std::mt19937 random(7);
    for (int round = 0; round < 2000; ++round) {
        std::string text(random() % 300, '\0');
        const auto kinds = 1 + random() % kOctets.size();
        for (auto& c : text) c = kOctets[random() % kinds];
        encoded(text, Source::text);
        encoded(text, Source::quoted);
    }
}

}  // namespace
}  // namespace md::mail
