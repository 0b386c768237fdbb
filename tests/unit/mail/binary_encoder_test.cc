// tests/unit/mail/binary_encoder_test.cc - mail/binary_encoder.h

#include "mail/binary_encoder.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "mail/structure.h"

namespace md::mail {
namespace {

using namespace std::string_literals;

BinaryEncoder::Rules rules(bool normalise = false) {
    BinaryEncoder::Rules out;
    out.normalise = normalise;
    out.line_limit = 1000;
    out.header_limit = 2000;
    return out;
}

/// What is written, or the fault's name.
std::string encoded(std::string_view message, std::size_t step, const BinaryEncoder::Rules& how = rules()) {
    BinaryEncoder encoder(how);
    std::string out;
    for (std::size_t at = 0; at < message.size(); at += step)
        encoder.feed(message.substr(at, std::min(step, message.size() - at)), out);
    encoder.finish(out);
    switch (encoder.fault()) {
        case BinaryEncoder::Fault::bare_line_end: return "bare";
        case BinaryEncoder::Fault::line_too_long: return "line";
        case BinaryEncoder::Fault::header_too_large: return "header";
        case BinaryEncoder::Fault::none: break;
    }
    return out;
}

std::string encoded(const std::string& message, const BinaryEncoder::Rules& how = rules()) {
    const auto whole = encoded(message, message.size() + 1, how);
    for (const std::size_t step : {1, 2, 3, 7, 100}) EXPECT_EQ(encoded(message, step, how), whole) << step;
    return whole;
}

TEST(BinaryEncoder, PartsThatAreBinaryBecomeBase64) {  // RFC 3030 §3, 2045 §6.4
    const auto message =
        "Content-Type: multipart/mixed; boundary=b\r\nContent-Transfer-Encoding: binary\r\n\r\n"
        "--b\r\nContent-Type: image/gif\r\nContent-Transfer-Encoding: BINARY\r\nX-More: y\r\n\r\n\0\r\n\n\x01\r\n"
        "--b\r\n\r\ntext\r\n--b--\r\n"s;
    EXPECT_EQ(encoded(message),
              "Content-Type: multipart/mixed; boundary=b\nContent-Transfer-Encoding: 8bit\n\n"
              "--b\nContent-Type: image/gif\nContent-Transfer-Encoding: base64\nX-More: y\n\nAA0KCgE=\n"
              "--b\n\ntext\n--b--\n"s);
}

TEST(BinaryEncoder, ABoundarysLineMayEndBareWhereThatIsNormalised) {
    const auto head =
        "Content-Type: multipart/mixed; boundary=B\r\n\r\n--B\r\nContent-Transfer-Encoding: binary\r\n\r\nx"s;
    const auto coded = "Content-Type: multipart/mixed; boundary=B\n\n--B\nContent-Transfer-Encoding: base64\n\neA==\n"s;
    const auto normal = [&](const std::string& tail) { return encoded(head + tail, rules(true)); };
    EXPECT_EQ(normal("\r\n--B\nContent-Type: text/plain\r\nX: y\r\n\r\nhi\r\n--B--\r\n"),
              coded + "--B\nContent-Type: text/plain\nX: y\n\nhi\n--B--\n");
    EXPECT_EQ(normal("\r\n--B\r\r\nContent-Type: text/plain\r\n\r\nhi\r\n--B--\r\n"),
              coded + "--B\nContent-Type: text/plain\n\nhi\n--B--\n");
    EXPECT_EQ(normal("\r\n--B\nContent-Type: text/plain"), coded + "--B\nContent-Type: text/plain\n");
    EXPECT_EQ(normal("\r\n--B\nA: b\n\nhi"), coded + "--B\nA: b\n\nhi\n");
    EXPECT_EQ(encoded(head + "\r\n--B\nContent-Type: text/plain\r\n"), "bare");
}

TEST(BinaryEncoder, TextStaysAsItIs) {
    EXPECT_EQ(encoded("Subject: x\r\nContent-Transfer-Encoding: 8bit\r\n\r\ngr\xc3\xbcn\r\n"s),
              "Subject: x\nContent-Transfer-Encoding: 8bit\n\ngr\xc3\xbcn\n");
    EXPECT_EQ(encoded(""s), "");
    EXPECT_EQ(encoded("Subject: x"s), "Subject: x\n");
    EXPECT_EQ(encoded("Subject: x\r\n\r\n"s), "Subject: x\n\n");
    EXPECT_EQ(encoded("Subject: x\r\n\r\nno end"s), "Subject: x\n\nno end\n");
}

TEST(BinaryEncoder, AMessageThatIsOneBinaryPart) {
    const auto head = "Content-Transfer-Encoding: binary\r\n\r\n"s;
    const auto coded = "Content-Transfer-Encoding: base64\n\n"s;
    EXPECT_EQ(encoded(head), coded);
    EXPECT_EQ(encoded(head + "\r\n"), coded + "DQo=\n");
    EXPECT_EQ(encoded(head + "\r"), coded + "DQ==\n");
    EXPECT_EQ(encoded(head + "\r\r\n\n"), coded + "DQ0KCg==\n");
    EXPECT_EQ(encoded(head + std::string(57, '\0')), coded + std::string(76, 'A') + "\n");
    EXPECT_EQ(encoded(head + std::string(58, '\0')), coded + std::string(76, 'A') + "\nAA==\n");
    EXPECT_EQ(encoded("Content-Transfer-Encoding: binary\r\n"s), "Content-Transfer-Encoding: base64\n");
}

TEST(BinaryEncoder, OnlyCrlfBeforeABoundaryEndsABinaryPart) {  // RFC 2046 §5.1.1
    const auto head =
        "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Transfer-Encoding: binary\r\n\r\n"s;
    const auto coded = "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Transfer-Encoding: base64\n\n"s;
    EXPECT_EQ(encoded(head + "a\n--b--\r\n--b--\r\n"), coded + "YQotLWItLQ==\n--b--\n");
    EXPECT_EQ(encoded(head + "a\r--b--\r\n--b--\r\n"), coded + "YQ0tLWItLQ==\n--b--\n");
    EXPECT_EQ(encoded(head + "--b--\r\n"), coded + "--b--\n") << "the blank line was the boundary's";
    EXPECT_EQ(encoded(head + "\r\n--b--\r\n"), coded + "\n--b--\n");
    EXPECT_EQ(encoded(head + "a\r\n-\r\n--\r\n--a\r\n--b--\r\n"), coded + "YQ0KLQ0KLS0NCi0tYQ==\n--b--\n");
    EXPECT_EQ(encoded(head + "a\r\n--b \r\n\r\ntext\r\n--b--"), coded + "YQ==\n--b \n\ntext\n--b--\n");
    EXPECT_EQ(encoded(head + "a\r\n--b\n\n"), "bare") << "behind the boundary lines begin";
}

TEST(BinaryEncoder, PartsInParts) {  // RFC 2046 §5.1.5, §5.2.1
    const auto message =
        "Content-Type: multipart/digest; boundary=out\r\nContent-Transfer-Encoding: binary\r\n\r\n"
        "--out\r\nContent-Transfer-Encoding: binary\r\n\r\n"
        "Content-Type: multipart/mixed; boundary=\"out in\"\r\nContent-Transfer-Encoding: binary\r\n\r\n"
        "--out in\r\nContent-Transfer-Encoding: binary\r\n\r\n\0\r\n"
        "--out in--\r\nepilogue\r\n"
        "--out--\r\n"s;
    EXPECT_EQ(encoded(message),
              "Content-Type: multipart/digest; boundary=out\nContent-Transfer-Encoding: 8bit\n\n"
              "--out\nContent-Transfer-Encoding: 8bit\n\n"
              "Content-Type: multipart/mixed; boundary=\"out in\"\nContent-Transfer-Encoding: 8bit\n\n"
              "--out in\nContent-Transfer-Encoding: base64\n\nAA==\n"
              "--out in--\nepilogue\n"
              "--out--\n");
    // The outer boundary ends all that is open
    EXPECT_EQ(encoded("Content-Type: multipart/mixed; boundary=o\r\n\r\n--o\r\n"
                      "Content-Type: multipart/mixed; boundary=i\r\n\r\n--i\r\n"
                      "Content-Transfer-Encoding: binary\r\n\r\n\0\r\n--o\r\n\r\ntext"s),
              "Content-Type: multipart/mixed; boundary=o\n\n--o\n"
              "Content-Type: multipart/mixed; boundary=i\n\n--i\n"
              "Content-Transfer-Encoding: base64\n\nAA==\n--o\n\ntext\n");
}

TEST(BinaryEncoder, BareLineEndsOutsideBinaryParts) {  // threats: SMTP smuggling
    for (const auto& message : {"a: b\nc: d\r\n\r\n"s, "a: b\r\n\r\nx\n.\r\n"s, "a: b\r\n\r\nx\ry"s, "a: b\r\n\r\nx\r"s,
                                "a: b\r\r\n\r\n"s, "Content-Transfer-Encoding: binary\n\n\0"s}) {
        EXPECT_EQ(encoded(message), "bare");
        EXPECT_EQ(encoded(message, rules(true)).find('\r'), std::string::npos);
    }
    EXPECT_EQ(encoded("a: b\n\nx\ry\r\r\nz\r"s, rules(true)), "a: b\n\nx\ny\nz\n");
}

TEST(BinaryEncoder, LimitsAreKept) {
    const auto head = "Content-Transfer-Encoding: binary\r\n\r\n"s;
    EXPECT_EQ(encoded("a: b\r\n\r\n" + std::string(998, 'x') + "\r\n").size(), 1005u);
    EXPECT_EQ(encoded("a: b\r\n\r\n" + std::string(999, 'x') + "\r\n"), "line");
    EXPECT_EQ(encoded("a: " + std::string(996, 'x') + "\r\n\r\n"), "line");
    EXPECT_NE(encoded(head + std::string(5000, 'x')), "line") << "octets have no lines";
    std::string fields;
    for (int i = 0; i < 30; ++i) fields += "A: " + std::string(70, 'x') + "\r\n";
    EXPECT_EQ(encoded(fields + "\r\n"), "header");
    auto few = rules();
    few.structure.parts = 3;
    const auto part = "--b\r\nContent-Transfer-Encoding: binary\r\n\r\n\x01\r\n"s;
    const auto many = encoded("Content-Type: multipart/mixed; boundary=b\r\n\r\n" + part + part + part, few);
    EXPECT_EQ(many.find("\x01"), std::string::npos) << "what is beyond the limit is the last part's content";
}

TEST(BinaryEncoder, AReaderFindsTheSameParts) {
    const auto message =
        "Content-Type: multipart/mixed; boundary=b\r\n\r\npreamble\r\n--b\r\nContent-Transfer-Encoding: binary\r\n\r\n"
        "\r\n--c\r\n\r\n--b\r\nContent-Type: message/rfc822\r\n\r\nSubject: x\r\nContent-Transfer-Encoding: "
        "binary\r\n\r\n"
        "\x01\x02\r\n--b\r\nContent-Transfer-Encoding: binary\r\n--b--\r\n"s;
    StructureParser before;
    before.feed(message);
    StructureParser after;
    after.feed(encoded(message));
    const auto was = before.finish().parts;
    const auto is = after.finish().parts;
    ASSERT_EQ(was.size(), is.size());
    for (std::size_t i = 0; i < was.size(); ++i) {
        EXPECT_EQ(was[i].kind, is[i].kind);
        EXPECT_EQ(was[i].next, is[i].next);
        if (was[i].kind == Part::Kind::leaf && was[i].encoding == "binary") {
            EXPECT_EQ(is[i].encoding, "base64");
        }
    }
}

}  // namespace
}  // namespace md::mail
