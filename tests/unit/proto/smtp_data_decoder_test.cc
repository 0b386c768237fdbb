// tests/unit/proto/smtp_data_decoder_test.cc - proto/smtp/data_decoder.h

#include "proto/smtp/data_decoder.h"

#include <gtest/gtest.h>

namespace md::smtp {
namespace {

struct Decoded {
    std::string text;
    std::string rest;  ///< what was not consumed
    bool finished = false;
    bool refused = false;
    bool bare = false;
    std::uint64_t lines = 0, size = 0, wire_size = 0;
};

/// Feeds `octets` in pieces of `step`.
Decoded decode_by(std::size_t step, std::string_view octets, BareLineEnds policy, std::uint64_t limit) {
    DataDecoder decoder(policy, limit);
    Decoded d;
    while (!octets.empty() && !d.finished) {
        const auto chunk = octets.substr(0, step);
        const auto progress = decoder.feed(chunk, d.text);
        EXPECT_TRUE(progress.finished || progress.consumed == chunk.size());
        d.finished = progress.finished;
        octets.remove_prefix(progress.consumed);
    }
    d.rest = octets;
    d.refused = decoder.refused();
    d.bare = decoder.bare_line_end();
    d.lines = decoder.lines();
    d.size = decoder.size();
    d.wire_size = decoder.wire_size();
    return d;
}

/// The whole at once; and the same result in pieces of every size.
Decoded decode(std::string_view octets, BareLineEnds policy = BareLineEnds::refuse, std::uint64_t limit = 1u << 30) {
    const auto whole = decode_by(octets.size(), octets, policy, limit);
    for (std::size_t step = 1; step < std::min<std::size_t>(octets.size(), 12); ++step) {
        const auto pieces = decode_by(step, octets, policy, limit);
        EXPECT_EQ(pieces.finished, whole.finished) << step;
        EXPECT_EQ(pieces.refused, whole.refused) << step;
        EXPECT_EQ(pieces.rest, whole.rest) << step;
        EXPECT_EQ(pieces.size, whole.size) << step;
        EXPECT_TRUE(whole.refused || pieces.text == whole.text) << step;
    }
    return whole;
}

TEST(SmtpData, LinesComeOutWithLf) {  // RFC 5321 §4.1.1.4
    const auto d = decode("Subject: x\r\n\r\nbody\r\n.\r\nQUIT\r\n");
    EXPECT_TRUE(d.finished);
    EXPECT_EQ(d.text, "Subject: x\n\nbody\n");
    EXPECT_EQ(d.rest, "QUIT\r\n");
    EXPECT_EQ(d.lines, 3u);
    EXPECT_EQ(d.size, 17u);
    EXPECT_EQ(d.wire_size, 20u);
    EXPECT_FALSE(d.bare);
}

TEST(SmtpData, EmptyMessage) {
    const auto d = decode(".\r\n");
    EXPECT_TRUE(d.finished);
    EXPECT_EQ(d.text, "");
    EXPECT_EQ(d.wire_size, 0u);
}

TEST(SmtpData, StuffedDotsAreTakenOut) {  // RFC 5321 §4.5.2
    EXPECT_EQ(decode("..\r\n...a\r\n.b\r\na.\r\n\r\n.\r\n").text, ".\n..a\nb\na.\n\n");
    EXPECT_EQ(decode("..\r\n.\r\n").text, ".\n");
}

TEST(SmtpData, SizeCountsWithoutStuffing) {  // RFC 1870 §3
    EXPECT_EQ(decode("..a\r\n.\r\n").wire_size, 4u);
}

TEST(SmtpData, OnlyCrlfDotCrlfEnds) {  // threats: SMTP smuggling
    for (const auto* end : {"a\n.\n", "a\n.\r\n", "a\r\n.\n", "a\r.\r", "a\r\n.\r", "a\r.\r\n", "a\r\n.\r\r\n",
                            "a\n\n.\r\n", "a\r\n. \r\n", "a\r\n.\rx\n"}) {
        for (const auto policy : {BareLineEnds::refuse, BareLineEnds::normalise}) {
            const auto d = decode(std::string(end) + "MAIL FROM:<evil@x>\r\n.\r\nNOOP\r\n", policy);
            EXPECT_TRUE(d.finished) << end;
            EXPECT_EQ(d.rest, "NOOP\r\n") << end;
        }
    }
}

TEST(SmtpData, BareLineEndsAreRefusedAndReadToTheEnd) {
    for (const auto* octets :
         {"a\nb\r\n.\r\n", "a\rb\r\n.\r\n", "\n.\r\nx\r\n.\r\n", "a\r\r\n.\r\n", "\r\r\n.\r\n", "a\r\n.\rb\r\n.\r\n"}) {
        const auto d = decode(octets);
        EXPECT_TRUE(d.finished) << octets;
        EXPECT_TRUE(d.refused && d.bare) << octets;
    }
    const auto d = decode("good\r\nbad\n" + std::string(5000, 'x') + "\r\n.\r\n");
    EXPECT_TRUE(d.refused);
    EXPECT_LE(d.text.size(), 9u) << "nothing is kept of what is refused";
}

TEST(SmtpData, NormalisedBareLineEndsAreLineEnds) {
    const auto text = [](std::string_view octets) {
        const auto d = decode(octets, BareLineEnds::normalise);
        EXPECT_TRUE(d.finished && d.bare && !d.refused) << octets;
        return d.text;
    };
    EXPECT_EQ(text("a\nb\r\n.\r\n"), "a\nb\n");
    EXPECT_EQ(text("a\rb\r\n.\r\n"), "a\nb\n");
    EXPECT_EQ(text("a\r\r\nb\r\n.\r\n"), "a\nb\n");
    EXPECT_EQ(text("a\n.\nb\r\n.\r\n"), "a\n.\nb\n") << "a lone dot that no CRLF surrounds is text";
    EXPECT_EQ(text("a\n..b\r\n.\r\n"), "a\n.b\n") << "stuffing by a client that writes LF";
    EXPECT_EQ(text("a\n.\r\n\r\n.\r\n"), "a\n.\n\n");
}

TEST(SmtpData, NothingIsWrittenBeyondTheLimit) {
    EXPECT_FALSE(decode("12345678\r\n.\r\n", BareLineEnds::refuse, 10).refused);
    const auto d = decode("123456789\r\n.\r\nNOOP\r\n", BareLineEnds::refuse, 10);
    EXPECT_TRUE(d.finished && d.refused);
    EXPECT_EQ(d.rest, "NOOP\r\n");
    EXPECT_LE(decode("1\r\n" + std::string(100000, 'x') + "\r\n.\r\n", BareLineEnds::refuse, 10).text.size(), 10u);
}

TEST(SmtpData, ALineIsCountedWithItsEndAndWithoutItsStuffedDot) {
    const auto too_long = [](std::string_view octets) {
        std::string out;
        DataDecoder decoder(BareLineEnds::normalise, 1U << 20, 10);
        EXPECT_TRUE(decoder.feed(octets, out).finished);
        EXPECT_EQ(decoder.refused(), decoder.line_too_long());
        return decoder.line_too_long();
    };
    EXPECT_FALSE(too_long("12345678\r\n12345678\r\n.\r\n"));
    EXPECT_TRUE(too_long("1\r\n123456789\r\n.\r\n"));
    EXPECT_FALSE(too_long("..2345678\r\n.\r\n"));
    EXPECT_TRUE(too_long("..23456789\r\n.\r\n"));
    EXPECT_FALSE(too_long("12345678\n12345678\r12345678\r\n.\r\n"));
}

TEST(SmtpData, NotFinishedIsNotFinished) {
    for (const auto* octets : {"", "a", "a\r\n", "a\r\n.", "a\r\n.\r", ".", ".\r", "\r\n..\r\n"})
        EXPECT_FALSE(decode(octets).finished) << octets;
}

TEST(SmtpData, EightBitIsSeen) {
    std::string out;
    DataDecoder decoder(BareLineEnds::refuse);
    decoder.feed("abc\r\n", out);
    EXPECT_FALSE(decoder.eight_bit());
    decoder.feed("\xc3\xa4\r\n", out);
    EXPECT_TRUE(decoder.eight_bit());
}

TEST(SmtpData, OctetsOtherThanLineEndsPassAsTheyAre) {
    std::string octets;
    for (int i = 0; i < 256; ++i)
        if (i != '\r' && i != '\n') octets.push_back(static_cast<char>(i));
    EXPECT_EQ(decode(octets + "\r\n.\r\n").text, octets + "\n");
}

TEST(DataDecoder, ChunksHaveNoDotsAndNoEndOfTheirOwn) {  // RFC 3030 §2
    const auto decoded = [](std::string_view octets, std::size_t step, BareLineEnds policy) {
        DataDecoder decoder(policy, 1000, 100, Framing::chunks);
        std::string out;
        for (std::size_t at = 0; at < octets.size(); at += step) {
            const auto piece = octets.substr(at, step);
            const auto progress = decoder.feed(piece, out);
            EXPECT_EQ(progress.consumed, piece.size());
            EXPECT_FALSE(progress.finished);
        }
        decoder.finish(out);
        return decoder.refused() ? std::string("refused") : out;
    };
    for (const std::size_t step : {1, 2, 100}) {
        EXPECT_EQ(decoded("a\r\n.\r\n..b\r\n", step, BareLineEnds::refuse), "a\n.\n..b\n");
        EXPECT_EQ(decoded("a", step, BareLineEnds::refuse), "a\n") << "a last line gets its end";
        EXPECT_EQ(decoded("", step, BareLineEnds::refuse), "");
        for (const auto* octets : {"a\n.\r\n", "a\rb", "a\r"}) {
            EXPECT_EQ(decoded(octets, step, BareLineEnds::refuse), "refused") << octets;
            EXPECT_EQ(decoded(octets, step, BareLineEnds::normalise).find('\r'), std::string::npos);
        }
        EXPECT_EQ(decoded("a\r", step, BareLineEnds::normalise), "a\n");
    }
}

}  // namespace
}  // namespace md::smtp
