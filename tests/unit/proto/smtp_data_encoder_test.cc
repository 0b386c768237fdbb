// tests/unit/proto/smtp_data_encoder_test.cc - proto/smtp/data_encoder.h

#include "proto/smtp/data_encoder.h"

#include <gtest/gtest.h>

namespace md::smtp {
namespace {

std::string encode_by(std::size_t step, std::string_view message, Framing framing) {
    DataEncoder encoder(framing);
    std::string out;
    for (; !message.empty(); message.remove_prefix(std::min(step, message.size())))
        encoder.feed(message.substr(0, step), out);
    encoder.finish(out);
    return out;
}

/// The whole at once; and the same result in pieces of every size.
std::string encode(std::string_view message, Framing framing = Framing::dots) {
    const auto whole = encode_by(message.size() + 1, message, framing);
    for (std::size_t step = 1; step < std::min<std::size_t>(message.size(), 12); ++step)
        EXPECT_EQ(encode_by(step, message, framing), whole) << step;
    return whole;
}

std::string in_chunks(std::string_view message) {
    return encode(message, Framing::chunks);
}

TEST(SmtpDataEncoder, LinesGetCrlfAndTheEndItsDot) {  // RFC 5321 §4.1.1.4
    EXPECT_EQ(encode("Subject: x\n\nbody\n"), "Subject: x\r\n\r\nbody\r\n.\r\n");
    EXPECT_EQ(in_chunks("Subject: x\n\nbody\n"), "Subject: x\r\n\r\nbody\r\n");
}

TEST(SmtpDataEncoder, EmptyMessage) {
    EXPECT_EQ(encode(""), ".\r\n");
    EXPECT_EQ(in_chunks(""), "");
    EXPECT_EQ(encode("\n"), "\r\n.\r\n");
}

TEST(SmtpDataEncoder, ALastLineWithoutAnEndGetsOne) {
    EXPECT_EQ(encode("a"), "a\r\n.\r\n");
    EXPECT_EQ(in_chunks("a\nb"), "a\r\nb\r\n");
    EXPECT_EQ(encode("a\r"), "a\r\n.\r\n");
    EXPECT_EQ(encode("."), "..\r\n.\r\n");
}

TEST(SmtpDataEncoder, DotsAreStuffedAtTheFrontOfALine) {  // RFC 5321 §4.5.2
    EXPECT_EQ(encode(".\n..\n.a\na.\n\n.\n"), "..\r\n...\r\n..a\r\na.\r\n\r\n..\r\n.\r\n");
    EXPECT_EQ(in_chunks(".\n.a\n"), ".\r\n.a\r\n") << "in chunks dots mean nothing (RFC 3030 §2)";
}

TEST(SmtpDataEncoder, CrlfStaysCrlf) {
    EXPECT_EQ(encode("a\r\n.b\r\n\r\nc\n"), "a\r\n..b\r\n\r\nc\r\n.\r\n");
}

TEST(SmtpDataEncoder, NoBareCrLeaves) {  // RFC 5321 §2.3.8; threats: SMTP smuggling
    EXPECT_EQ(encode("a\rb\n"), "a\r\nb\r\n.\r\n");
    EXPECT_EQ(encode("a\r.\rb\n"), "a\r\n..\r\nb\r\n.\r\n") << "a dot behind it is at the front of a line";
    EXPECT_EQ(encode("a\n.\r\nb\r.\r\n"), "a\r\n..\r\nb\r\n..\r\n.\r\n");
    EXPECT_EQ(encode("a\r\r\nb\n"), "a\r\n\r\nb\r\n.\r\n");
    EXPECT_EQ(encode("\r\r\r"), "\r\n\r\n\r\n.\r\n");
    EXPECT_EQ(in_chunks("a\rb\r"), "a\r\nb\r\n");
}

TEST(SmtpDataEncoder, OtherOctetsStay) {
    const std::string octets("\0\xff\xc3\xa4 \t\x7f\n", 8);
    EXPECT_EQ(in_chunks(octets), octets.substr(0, 7) + "\r\n");
    EXPECT_EQ(encode(octets), octets.substr(0, 7) + "\r\n.\r\n");
}

TEST(SmtpDataEncoder, TheDecoderReadsWhatWasStored) {
    std::string message;
    for (int i = 0; i < 3000; ++i)
        message += std::string(static_cast<std::size_t>(i % 3), '.') +
                   std::string(static_cast<std::size_t>(i * 7 % 83), 'x') + "\n";
    DataDecoder dots(BareLineEnds::refuse);
    std::string out;
    const auto wire = encode(message);
    const auto progress = dots.feed(wire, out);
    EXPECT_TRUE(progress.finished);
    EXPECT_EQ(progress.consumed, wire.size());
    EXPECT_FALSE(dots.refused());
    EXPECT_EQ(out, message);
    DataDecoder chunks(BareLineEnds::refuse, 1U << 30U, 1U << 30U, Framing::chunks);
    out.clear();
    chunks.feed(in_chunks(message), out);
    chunks.finish(out);
    EXPECT_FALSE(chunks.refused());
    EXPECT_EQ(out, message);
}

}  // namespace
}  // namespace md::smtp
