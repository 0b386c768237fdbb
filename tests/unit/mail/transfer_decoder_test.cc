// tests/unit/mail/transfer_decoder_test.cc - mail/transfer_decoder.h

#include "mail/transfer_decoder.h"

#include <gtest/gtest.h>

namespace md::mail {
namespace {

struct Decoded {
    std::string text;
    bool whole;
    friend bool operator==(const Decoded&, const Decoded&) = default;
};

void PrintTo(const Decoded& decoded, std::ostream* out) {
    *out << testing::PrintToString(decoded.text) << (decoded.whole ? "" : " broken");
}

Decoded decode(std::string_view octets, Encoding encoding, std::size_t piece) {
    TransferDecoder decoder(encoding);
    std::string out;
    for (std::size_t at = 0; at < octets.size(); at += piece) decoder.feed(octets.substr(at, piece), out);
    const bool whole = decoder.finish(out);
    return {out, whole};
}

/// Pieces of any size must mean the same.
Decoded decode(std::string_view octets, Encoding encoding) {
    const auto whole = decode(octets, encoding, octets.size() + 1);
    for (std::size_t piece = 1; piece < 8; ++piece) EXPECT_EQ(decode(octets, encoding, piece), whole) << piece;
    return whole;
}

Decoded base64(std::string_view octets) {
    return decode(octets, Encoding::base64);
}

Decoded quoted(std::string_view octets) {
    return decode(octets, Encoding::quoted_printable);
}

TEST(TransferDecoder, KnowsTheWordsOfTheField) {  // RFC 2045 §6.1
    EXPECT_EQ(encoding_of("base64"), Encoding::base64);
    EXPECT_EQ(encoding_of(" BASE64\r\n (as it was)"), Encoding::base64);
    EXPECT_EQ(encoding_of("(a (nested) comment) Quoted-Printable"), Encoding::quoted_printable);
    EXPECT_EQ(encoding_of("\"base64\";"), Encoding::base64);
    EXPECT_EQ(encoding_of("7bit"), Encoding::identity);
    EXPECT_EQ(encoding_of("8Bit"), Encoding::identity);
    EXPECT_EQ(encoding_of("binary"), Encoding::identity);
    EXPECT_EQ(encoding_of(""), Encoding::identity);
    EXPECT_EQ(encoding_of("x-uuencode"), Encoding::unknown);
    EXPECT_EQ(encoding_of("base64x"), Encoding::unknown);
}

TEST(TransferDecoder, GivesIdentityAsItIs) {
    EXPECT_EQ(decode("a=3D\r\n", Encoding::identity), (Decoded{"a=3D\r\n", true}));
    EXPECT_EQ(decode("a=3D\r\n", Encoding::unknown), (Decoded{"a=3D\r\n", false}));
}

TEST(TransferDecoder, DecodesFoldedBase64) {  // RFC 2045 §6.8; RFC 4648 §10
    EXPECT_EQ(base64(""), (Decoded{"", true}));
    EXPECT_EQ(base64("Zg=="), (Decoded{"f", true}));
    EXPECT_EQ(base64("Zm8="), (Decoded{"fo", true}));
    EXPECT_EQ(base64("Zm9v"), (Decoded{"foo", true}));
    EXPECT_EQ(base64("Zm9v\r\nYm\r\nFy\r\n"), (Decoded{"foobar", true}));
    EXPECT_EQ(base64("Zm9vYg==\n"), (Decoded{"foob", true}));
}

TEST(TransferDecoder, DecodesBrokenBase64AsFarAsItGoes) {
    EXPECT_EQ(base64("Zm9v*YmFy"), (Decoded{"foobar", false}));
    EXPECT_EQ(base64("Zg==Zm9v"), (Decoded{"ffoo", true})) << "two texts after each other";
    EXPECT_EQ(base64("Zm8"), (Decoded{"fo", false})) << "no padding";
    EXPECT_EQ(base64("Zm9vY"), (Decoded{"foo", false})) << "a letter alone";
    EXPECT_EQ(base64("===="), (Decoded{"", true}));
    EXPECT_EQ(base64("Zm9v=\r\n"), (Decoded{"foo", true}));
}

TEST(TransferDecoder, DecodesQuotedPrintable) {  // RFC 2045 §6.7
    EXPECT_EQ(quoted("Now's the time =\r\nfor all folk to come=\r\n to the aid of their country."),
              (Decoded{"Now's the time for all folk to come to the aid of their country.", true}));
    EXPECT_EQ(quoted("=C3=A4=0A=3D"), (Decoded{"\xc3\xa4\n=", true}));
    EXPECT_EQ(quoted("=c3=a4"), (Decoded{"\xc3\xa4", true})) << "small digits";
    EXPECT_EQ(quoted("a \t\r\nb  \nc "), (Decoded{"a\r\nb\nc", true})) << "blanks that transport added";
    EXPECT_EQ(quoted("a =20\r\nb=\t \r\nc"), (Decoded{"a  \r\nbc", true}));
    EXPECT_EQ(quoted("a=\nb"), (Decoded{"ab", true}));
    EXPECT_EQ(quoted("a="), (Decoded{"a", true})) << "a soft break at the end";
}

TEST(TransferDecoder, KeepsWhatIsNoEscape) {
    EXPECT_EQ(quoted("1=2 =XY =4"), (Decoded{"1=2 =XY =4", false}));
    EXPECT_EQ(quoted("a==\r\nb"), (Decoded{"a=b", false}));
    EXPECT_EQ(quoted("a\rb\r\r\n"), (Decoded{"a\rb\r\r\n", true}));
    EXPECT_EQ(quoted("= x\r\n"), (Decoded{"= x\r\n", false}));
}

TEST(TransferDecoder, HoldsNoMoreThanItsLimit) {
    const std::string blanks(TransferDecoder::kHeldLimit * 3, ' ');
    TransferDecoder decoder(Encoding::quoted_printable);
    std::string out;
    decoder.feed(blanks, out);
    EXPECT_EQ(out.size(), blanks.size());
    decoder.feed("\r\nx", out);
    EXPECT_TRUE(decoder.finish(out));
    EXPECT_EQ(out, blanks + "\r\nx");
}

TEST(TransferDecoder, DecodesAWholeText) {
    EXPECT_EQ(transfer_decode("Zm8", Encoding::base64), "fo");
}

}  // namespace
}  // namespace md::mail
