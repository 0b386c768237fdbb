// tests/unit/mail/seven_bit_test.cc - mail/seven_bit.h, mail/seven_bit_plan.h

#include "mail/seven_bit.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/strings.h"
#include "mail/address.h"

namespace md::mail {
namespace {

using namespace std::string_literals;
using Fault = SevenBitPlan::Fault;

SevenBitPlan planned(std::string_view message, std::size_t step, const StructureLimits& limits = {}) {
    SevenBitPlanner planner(limits);
    for (std::size_t at = 0; at < message.size(); at += step) planner.feed(message.substr(at, step));
    return planner.finish();
}

std::string written(const SevenBitPlan& plan, std::string_view message, std::size_t step) {
    SevenBitWriter writer(plan);
    std::string out;
    for (std::size_t at = 0; at < message.size(); at += step) {
        std::string piece;  // empty at each call, as a caller that sends what it gets has it
        writer.feed(message.substr(at, step), piece);
        out += piece;
    }
    writer.finish(out);
    return out;
}

std::string fault_name(Fault fault) {
    switch (fault) {
        case Fault::none: return "none";
        case Fault::signed_content: return "signed";
        case Fault::boundary: return "boundary";
        case Fault::composite: return "composite";
        case Fault::encoding: return "encoding";
    }
    return "?";
}

/// What a part's body means, with LF line ends.
std::string meaning(const std::string& message, const Part& part) {
    const auto body = message.substr(part.body, part.end - part.body);
    std::string out;
    const auto octets = transfer_decode(body, encoding_of(part.encoding));
    for (std::size_t i = 0; i < octets.size(); ++i)
        if (octets.substr(i, 2) != "\r\n") out.push_back(octets[i]);
    // The last line of the message has an end afterwards, and a CR that ended it may look like one.
    if (part.end == message.size() && out.ends_with('\n')) out.pop_back();
    if (part.end == message.size() && out.ends_with('\r')) out.pop_back();
    return out;
}

void expect_same_parts(const std::string& message, const std::string& out) {
    StructureParser parsers[2];
    parsers[0].feed(message);
    parsers[1].feed(out);
    const auto was = parsers[0].finish().parts;
    const auto is = parsers[1].finish().parts;
    ASSERT_EQ(was.size(), is.size()) << out;
    for (std::size_t i = 0; i < was.size(); ++i) {
        EXPECT_EQ(was[i].kind, is[i].kind);
        EXPECT_EQ(was[i].next, is[i].next);
        EXPECT_EQ(was[i].type, is[i].type);
        if (was[i].kind == Part::Kind::leaf) {
            EXPECT_EQ(meaning(message, was[i]), meaning(out, is[i])) << out;
        }
    }
}

/// What is written, or the fault's name; whatever the cut of the message, and with the same meaning.
std::string converted(const std::string& message, const StructureLimits& limits = {}) {
    const auto plan = planned(message, message.size() + 1, limits);
    for (const std::size_t step : {1, 2, 3, 7, 100}) {
        const auto other = planned(message, step, limits);
        EXPECT_EQ(other.fault, plan.fault) << step;
        EXPECT_EQ(other.pieces, plan.pieces) << step;
    }
    if (plan.fault != Fault::none) return fault_name(plan.fault);
    const auto whole = written(plan, message, message.size() + 1);
    for (const std::size_t step : {1, 2, 3, 7, 100}) EXPECT_EQ(written(plan, message, step), whole) << step;
    expect_same_parts(message, whole);
    if (!plan.header_is_eight_bit) {
        EXPECT_TRUE(is_ascii(whole)) << whole;
        EXPECT_FALSE(planned(whole, 100, limits).needed) << "what is 7bit stays";
    }
    return whole;
}

const auto kText = "MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n"s;

TEST(SevenBit, WhatIsSevenBitStaysAsItIs) {
    for (const auto& message :
         {""s, "\n"s, "Subject: x\n"s, "Subject: x\n\n"s, "Subject: x\n\nbody\n.\nFrom me\n"s,
          // No octet is touched, for a signature may cover it: not even a label
          kText + "Content-Transfer-Encoding: 8bit\n\nplain\n", "A: b\n\n" + std::string(998, 'x') + "\n"}) {
        EXPECT_FALSE(planned(message, 100).needed);
        EXPECT_EQ(converted(message), message.empty() ? "" : message);
    }
    EXPECT_EQ(converted("Subject: x\n\nno end"s), "Subject: x\n\nno end\n");
    EXPECT_EQ(converted("Subject: x\r\n\r\nbody\r\n"s), "Subject: x\r\n\r\nbody\r\n");
}

TEST(SevenBit, TextBecomesQuotedPrintable) {  // RFC 6152 §3, 2045 §6.7
    EXPECT_EQ(
        converted(kText + "Content-Transfer-Encoding: 8bit\nSubject: x\n\ngr\xc3\xbcn = 1 \n.\nFrom me\n"),
        kText + "Content-Transfer-Encoding: quoted-printable\nSubject: x\n\ngr=C3=BCn =3D 1=20\n=2E\nFrom=20me\n");
    EXPECT_EQ(converted(kText + "Content-Transfer-Encoding: 8bit\n\nno \xff end"s),
              kText + "Content-Transfer-Encoding: quoted-printable\n\nno =FF end\n");
}

TEST(SevenBit, OtherContentBecomesBase64WithCrlf) {  // RFC 2045 §6.8
    const auto head = "MIME-Version: 1.0\nContent-Type: application/x\n"s;
    EXPECT_EQ(converted(head + "Content-Transfer-Encoding: 8bit\n\n\xff\n"),
              head + "Content-Transfer-Encoding: base64\n\n/w0K\n");
    EXPECT_EQ(converted(head + "Content-Transfer-Encoding: 8bit\n\n\xff\r\n"),
              head + "Content-Transfer-Encoding: base64\n\n/w0K\n");
    EXPECT_EQ(converted(head + "Content-Transfer-Encoding: 8bit\n\n\xff"),
              head + "Content-Transfer-Encoding: base64\n\n/w==\n");
    EXPECT_EQ(converted(head + "\n" + std::string(58, '\xff')),
              head + "Content-Transfer-Encoding: base64\n\n" + std::string(76, '/') + "\n/w==\n");
}

TEST(SevenBit, LabelsAreNotBelieved) {
    for (const char* label : {"", "Content-Transfer-Encoding: 7bit\n", "Content-Transfer-Encoding: 7-BIT (really)\n",
                              "Content-Transfer-Encoding: binary\n"})
        EXPECT_EQ(converted(kText + label + "\n\xff\n"),
                  kText + "Content-Transfer-Encoding: quoted-printable\n\n=FF\n");
    EXPECT_EQ(converted(kText + "\na\0b\n"s), kText + "Content-Transfer-Encoding: quoted-printable\n\na=00b\n");
    EXPECT_EQ(converted(kText + "\na\rb\n"s), kText + "Content-Transfer-Encoding: quoted-printable\n\na=0Db\n");
    EXPECT_EQ(converted(kText + "\na\r"s), kText + "Content-Transfer-Encoding: quoted-printable\n\na=0D\n");
    const auto coded = converted(kText + "\n" + std::string(999, 'x') + "\n");
    EXPECT_TRUE(coded.starts_with(kText + "Content-Transfer-Encoding: quoted-printable\n\nxxx")) << coded;
}

TEST(SevenBit, WhatIsEncodedBadlyIsEncodedAnew) {
    const auto quoted = kText + "Content-Transfer-Encoding: Quoted-Printable\n\n"s;
    EXPECT_EQ(converted(quoted + "=3D \xff=\n.\n"), quoted + "=3D =FF=\n=2E\n");
    EXPECT_EQ(converted(quoted + std::string(1000, 'x') + "=\n").find("==3D"), std::string::npos);
    const auto base64 = kText + "Content-Transfer-Encoding: base64\n\n"s;
    EXPECT_EQ(converted(base64 + "eA\xff==\n"), base64 + "eA==\n");
    EXPECT_EQ(converted(base64 + "\xff\n"), base64);
    const auto line = converted(base64 + std::string(1000, 'A') + "\n");
    EXPECT_EQ(line.substr(base64.size(), 77), std::string(76, 'A') + "\n");
    EXPECT_EQ(converted(kText + "Content-Transfer-Encoding: x-uuencode\n\n\xff\n"), "encoding");
    EXPECT_EQ(converted(kText + "Content-Transfer-Encoding: x-uuencode\n\nplain\n"),
              kText + "Content-Transfer-Encoding: x-uuencode\n\nplain\n");
}

TEST(SevenBit, MimeVersionIsAddedWhereItIsMissing) {  // RFC 2045 §4
    EXPECT_EQ(converted("Received: x\nSubject: y\n\n\xff\n"s),
              "Received: x\nSubject: y\nMIME-Version: 1.0\nContent-Transfer-Encoding: quoted-printable\n\n=FF\n");
    EXPECT_EQ(converted("\n\xff\n"s), "MIME-Version: 1.0\nContent-Transfer-Encoding: quoted-printable\n\n=FF\n");
    EXPECT_EQ(converted("mime-VERSION : 1.0\n\n\xff\n"s),
              "mime-VERSION : 1.0\nContent-Transfer-Encoding: quoted-printable\n\n=FF\n");
    EXPECT_EQ(converted("Content-Transfer-Encoding: 8bit\nX: MIME-Version: 1.0\n\n\xff\n"s),
              "Content-Transfer-Encoding: quoted-printable\nX: MIME-Version: 1.0\nMIME-Version: 1.0\n\n=FF\n");
    EXPECT_EQ(converted("MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\n"
                        "Content-Type: message/rfc822\n\nSubject: x\n\n\xff\n--b\n\ny\n--b--\n"s),
              "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\n"
              "Content-Type: message/rfc822\n\nSubject: x\nMIME-Version: 1.0\n"
              "Content-Transfer-Encoding: quoted-printable\n\n=FF\n--b\n\ny\n--b--\n")
        << "the message inside is one of its own";
}

TEST(SevenBit, PartsInParts) {  // RFC 2045 §6.4, 2046 §5.1
    EXPECT_EQ(converted("MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=out\n"
                        "Content-Transfer-Encoding: 8bit\n\npreamble\n"
                        "--out\nContent-Type: multipart/alternative; boundary=\"out in\"\n"
                        "Content-Transfer-Encoding: binary\n\n"
                        "--out in\n\nplain\n\n"
                        "--out in\nContent-Type: text/html\nContent-Transfer-Encoding: 8bit\n\n<p>\xff"
                        "\n--out in--\nepilogue\n"
                        "--out\nContent-Type: image/x\nX: y\n\n\xff\n\n"
                        "--out\nContent-Type: message/rfc822\nContent-Transfer-Encoding: 8bit\n\n"
                        "MIME-Version: 1.0\nContent-Transfer-Encoding: 8bit\n\nplain\n"
                        "--out--\nepilogue\n"s),
              "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=out\n"
              "Content-Transfer-Encoding: 7bit\n\npreamble\n"
              "--out\nContent-Type: multipart/alternative; boundary=\"out in\"\n"
              "Content-Transfer-Encoding: 7bit\n\n"
              "--out in\n\nplain\n\n"
              "--out in\nContent-Type: text/html\nContent-Transfer-Encoding: quoted-printable\n\n<p>=FF"
              "\n--out in--\nepilogue\n"
              "--out\nContent-Type: image/x\nX: y\nContent-Transfer-Encoding: base64\n\n/w0K\n"
              "--out\nContent-Type: message/rfc822\nContent-Transfer-Encoding: 7bit\n\n"
              "MIME-Version: 1.0\nContent-Transfer-Encoding: 7bit\n\nplain\n"
              "--out--\nepilogue\n"s);
}

TEST(SevenBit, PartsOfADigestAreMessages) {  // RFC 2046 §5.1.5
    EXPECT_EQ(converted("MIME-Version: 1.0\nContent-Type: multipart/digest; boundary=b\n\n"
                        "--b\n\nSubject: one\nMIME-Version: 1.0\n\n\xff\n"
                        "--b\nContent-Type: text/plain\n\n\xfe\n--b--\n"s),
              "MIME-Version: 1.0\nContent-Type: multipart/digest; boundary=b\n\n"
              "--b\n\nSubject: one\nMIME-Version: 1.0\nContent-Transfer-Encoding: quoted-printable\n\n=FF\n"
              "--b\nContent-Type: text/plain\nContent-Transfer-Encoding: quoted-printable\n\n=FE\n--b--\n");
}

const auto kMixed = "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n"s;

TEST(SevenBit, LinesForNobodyAreLeftOut) {  // RFC 2046 §5.1.1
    EXPECT_EQ(converted(kMixed + "pre\n\xff\n--\xff\nlude\n--b\n\ntext\n--b--\nepi\n\0\n"s + std::string(999, 'x') +
                        "\nlogue\n\xff"),
              kMixed + "pre\nlude\n--b\n\ntext\n--b--\nepi\nlogue\n");
    EXPECT_EQ(converted(kMixed + "--b\nContent-Type: multipart/mixed; boundary=c\n\n--c\n\ntext\n--c--\n\xff\n--b--\n"),
              kMixed + "--b\nContent-Type: multipart/mixed; boundary=c\n\n--c\n\ntext\n--c--\n--b--\n");
}

TEST(SevenBit, BoundariesThatAreMissing) {
    EXPECT_EQ(converted(kMixed + "--b\n\n\xff\n"),
              kMixed + "--b\nContent-Transfer-Encoding: quoted-printable\n\n=FF\n");
    EXPECT_EQ(converted(kMixed + "--b\nContent-Type: x/y\n\n\xff"),
              kMixed + "--b\nContent-Type: x/y\nContent-Transfer-Encoding: base64\n\n/w==\n");
    EXPECT_EQ(converted(kMixed + "--b\nContent-Type: multipart/mixed; boundary=c\n\n--c\n\n\xff\n--b--\n"),
              kMixed +
                  "--b\nContent-Type: multipart/mixed; boundary=c\n\n--c\n"
                  "Content-Transfer-Encoding: quoted-printable\n\n=FF\n--b--\n");
    EXPECT_EQ(converted(kMixed + "no part but \xff\n"), "composite") << "it would be lost";
    EXPECT_EQ(converted(kMixed + "no part\n"), kMixed + "no part\n");
    EXPECT_EQ(converted("Content-Type: multipart/mixed\n\n--b\n\n\xff\n"s), "composite");
}

TEST(SevenBit, BoundariesThatAreNotSevenBit) {
    EXPECT_EQ(converted(kMixed + "--b \xff\n\ntext\n--b--\n"), "boundary");
    EXPECT_EQ(converted(kMixed + "--b\n\ntext\n--b--" + std::string(999, ' ') + "\n"), "boundary");
    EXPECT_EQ(converted("Content-Type: multipart/mixed; boundary=\"\xff\"\n\n--\xff\n\ntext\n--\xff--\n"s), "boundary");
}

TEST(SevenBit, EncodedTextHidesNoBoundaryAndMakesNone) {
    const auto text = std::string(75, 'x') + "--b\n--=FF\n";
    EXPECT_EQ(converted(kMixed + "--b\n\n" + text + "\xff\n--b--\n"),
              kMixed + "--b\nContent-Transfer-Encoding: quoted-printable\n\n" + std::string(75, 'x') +
                  "=\n-=2Db\n-=2D=3DFF\n=FF\n--b--\n");
    EXPECT_EQ(
        converted("MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=\"=FF\"\n\n--=FF\n\n--\xff\n--=FF--\n"s),
        "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=\"=FF\"\n\n--=FF\n"
        "Content-Transfer-Encoding: quoted-printable\n\n-=2D=FF\n--=FF--\n");
}

TEST(SevenBit, SignedContentIsNotTouched) {  // RFC 1847 §2.1
    const auto head = "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=a\n\n--a\n\n\xff\n--a\n"s;
    const auto coded =
        "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=a\n\n--a\n"
        "Content-Transfer-Encoding: quoted-printable\n\n=FF\n--a\n"s;
    const auto multipart = [](const std::string& label, const std::string& inside) {
        return "Content-Type: multipart/signed; boundary=s\n" + label + "\n--s\n" + inside +
               "\n--s\nContent-Type: application/pgp-signature\n\nsig\n--s--\n--a--\n";
    };
    const auto eight = "Content-Transfer-Encoding: 8bit\n"s;
    EXPECT_EQ(converted(head + multipart(eight, eight + "\nplain")),
              coded + multipart("Content-Transfer-Encoding: 7bit\n", eight + "\nplain"));
    EXPECT_EQ(converted(head + multipart("", eight + "\n\xff")), "signed");
    EXPECT_EQ(converted(head + multipart("", "Content-Type: message/rfc822\n\nSubject: x\n\n\xff")), "signed");
    EXPECT_EQ(converted(head + multipart("", "Content-Type: multipart/mixed; boundary=t\n\n\xff\n--t\n\n--t--")),
              "signed");
}

TEST(SevenBit, PartsThatMayHaveNoEncoding) {  // RFC 2046 §5.2, 6533 §6
    const auto of_type = [](const std::string& type) {
        return converted("MIME-Version: 1.0\nContent-Type: " + type + "\n\nA: \xff\n");
    };
    EXPECT_EQ(of_type("message/partial"), "composite");
    EXPECT_EQ(of_type("message/external-body"), "composite");
    EXPECT_EQ(of_type("message/delivery-status"), "composite");
    EXPECT_EQ(of_type("message/global-delivery-status"),
              "MIME-Version: 1.0\nContent-Type: message/global-delivery-status\n"
              "Content-Transfer-Encoding: quoted-printable\n\nA: =FF\n");
}

TEST(SevenBit, HeadersStayAndAreTold) {  // RFC 6532
    EXPECT_FALSE(planned("Subject: x\n\n\xff\n", 100).header_is_eight_bit);
    const auto plan = planned("Subject: \xff\n\ntext\n", 100);
    EXPECT_TRUE(plan.header_is_eight_bit);
    EXPECT_FALSE(plan.needed);
    EXPECT_TRUE(planned("Subject: \xff", 100).header_is_eight_bit);
    EXPECT_TRUE(planned(kMixed + "--b\nX: \xff\n\n--b--\n", 100).header_is_eight_bit);
    EXPECT_TRUE(planned("Content-Type: message/rfc822\n\nX: \xff\n\n", 100).header_is_eight_bit);
    EXPECT_EQ(converted("MIME-Version: 1.0\nSubject: \xff\n\n\xff\n"s),
              "MIME-Version: 1.0\nSubject: \xff\nContent-Transfer-Encoding: quoted-printable\n\n=FF\n");
}

TEST(SevenBit, LimitsAreKept) {
    StructureLimits limits;
    limits.parts = 3;
    const auto part = "--b\n\n\xff\n"s;
    EXPECT_NE(converted(kMixed + part + "--b--\n", limits), "composite");
    EXPECT_EQ(converted(kMixed + part + part + part + "--b--\n", limits), "composite") << "more parts than are known";
    limits.parts = 100;
    limits.depth = 1;
    EXPECT_EQ(converted(kMixed + "--b\nContent-Type: multipart/mixed; boundary=c\n\n--c\n\n\xff\n--b--\n", limits),
              "composite");
    limits.header_octets = 40;
    const auto plan = planned("Subject: x\nTo: y\nX: " + std::string(40, '\xff') + "\n\nz\n", 100, limits);
    const auto out = written(plan, "Subject: x\nTo: y\nX: " + std::string(40, '\xff') + "\n\nz\n", 100);
    EXPECT_TRUE(is_ascii(out)) << "what is too large for a header is body";
}

TEST(SevenBit, EveryCutIsTheSame) {
    const auto message =
        kMixed + "pre\xff\n--b\r\nContent-Transfer-Encoding: 8bit\r\n\r\nx \xff\r\n--b\n" +
        "Content-Type: x/y\n\n\xff\n\n--b\nContent-Transfer-Encoding: base64\n\neA\xff==\n--b--\nepi\0"s;
    const auto plan = planned(message, message.size());
    const auto whole = written(plan, message, message.size());
    for (std::size_t cut = 1; cut < message.size(); ++cut) {
        SevenBitPlanner planner;
        planner.feed(message.substr(0, cut));
        planner.feed(message.substr(cut));
        ASSERT_EQ(planner.finish().pieces, plan.pieces) << cut;
        SevenBitWriter writer(plan);
        std::string out;
        writer.feed(message.substr(0, cut), out);
        writer.feed(message.substr(cut), out);
        writer.finish(out);
        ASSERT_EQ(out, whole) << cut;
    }
}

TEST(SevenBit, FaultsHaveWords) {
    for (const auto fault : {Fault::signed_content, Fault::boundary, Fault::composite, Fault::encoding})
        EXPECT_GT(describe(fault).size(), 20U);
}

}  // namespace
}  // namespace md::mail
