// tests/unit/mail/header_test.cc - mail/header.h

#include "mail/header.h"

#include <gtest/gtest.h>

#include <vector>

namespace md::mail {
namespace {

struct Scan {
    std::vector<Field> fields;
    std::string_view body;
    HeaderScanner::Fault fault;
};

Scan scan(std::string_view message, HeaderLimits limits = {}) {
    HeaderScanner scanner(message, limits);
    Scan result;
    while (const auto field = scanner.next()) result.fields.push_back(*field);
    result.body = message.substr(scanner.body_offset());
    result.fault = scanner.fault();
    return result;
}

TEST(Header, FieldsAreViewsWithFoldsKept) {  // RFC 5322 §2.2.3
    const auto s = scan("Subject: a\n b\n\tc\nTo: x@y\n\nbody\n\nmore");
    ASSERT_EQ(s.fields.size(), 2u);
    EXPECT_EQ(s.fields[0].name, "Subject");
    EXPECT_EQ(s.fields[0].value, " a\n b\n\tc");
    EXPECT_EQ(s.fields[0].whole, "Subject: a\n b\n\tc\n");
    EXPECT_EQ(unfold(s.fields[0].value), "a b\tc");
    EXPECT_EQ(s.fields[1].value, " x@y");
    EXPECT_EQ(s.body, "body\n\nmore");
    EXPECT_EQ(s.fault, HeaderScanner::Fault::none);
}

TEST(Header, CrlfIsTakenToo) {
    const auto s = scan("A: 1\r\n 2\r\nB: 3\r\n\r\nbody");
    ASSERT_EQ(s.fields.size(), 2u);
    EXPECT_EQ(s.fields[0].value, " 1\r\n 2");
    EXPECT_EQ(unfold(s.fields[0].value), "1 2");
    EXPECT_EQ(s.body, "body");
}

TEST(Header, BlanksBeforeTheColonAreObsoleteButKnown) {  // RFC 5322 §4.5
    const auto s = scan("Subject \t: x\n\n");
    ASSERT_EQ(s.fields.size(), 1u);
    EXPECT_EQ(s.fields[0].name, "Subject");
}

TEST(Header, ALineThatIsNoFieldBeginsTheBody) {
    const auto s = scan("A: 1\nno field here\nB: 2\n\nx");
    EXPECT_EQ(s.fields.size(), 1u);
    EXPECT_EQ(s.body, "no field here\nB: 2\n\nx");
    EXPECT_EQ(s.fault, HeaderScanner::Fault::not_a_field);
    EXPECT_EQ(scan(" leading blank\nA: 1\n").fields.size(), 0u);
    EXPECT_EQ(scan("two words: x\n").fault, HeaderScanner::Fault::not_a_field);
    EXPECT_EQ(scan(": x\n").fault, HeaderScanner::Fault::not_a_field);
}

TEST(Header, EndsOfTextAreEnds) {
    EXPECT_EQ(scan("").fields.size(), 0u);
    EXPECT_EQ(scan("\nbody").body, "body");
    EXPECT_EQ(scan("\r\nbody").body, "body");
    EXPECT_EQ(scan("A: 1").fields.size(), 1u);
    EXPECT_EQ(scan("A: 1\n ").fields.size(), 1u);
    EXPECT_EQ(scan("A:").fields[0].value, "");
    EXPECT_EQ(scan("A: 1\n\n").body, "");
}

TEST(Header, AWhiteLineContinuesAField) {
    const auto s = scan("A: 1\n \t\nB: 2\n\n");
    ASSERT_EQ(s.fields.size(), 2u);
    EXPECT_EQ(s.fields[0].whole, "A: 1\n \t\n");
}

TEST(Header, LimitsEndTheHeader) {
    const HeaderLimits limits{20, 40};
    EXPECT_EQ(scan("A: 1234567890123456\nB: 2\n\n", limits).fault, HeaderScanner::Fault::none);
    EXPECT_EQ(scan("A: 12345678901234567\nB: 2\n\n", limits).fault, HeaderScanner::Fault::field_too_large);
    EXPECT_EQ(scan("A: 1\n 2\n 3\n 4\n 5\n 6\n 7\n\n", limits).fault, HeaderScanner::Fault::field_too_large);
    const auto s = scan("A: 12345678901234\nB: 12345678901234\nC: 12345678901234\n\n", limits);
    EXPECT_EQ(s.fault, HeaderScanner::Fault::header_too_large);
    EXPECT_EQ(s.fields.size(), 2u);
}

TEST(Header, FindAndCountLookAtTheHeaderAlone) {
    constexpr std::string_view message = "Received: 1\nSubject: s\nRECEIVED: 2\n\nReceived: 3\n";
    EXPECT_EQ(count_fields(message, "received", 100), 2u);
    EXPECT_EQ(count_fields(message, "received", 1), 1u);
    ASSERT_TRUE(find_field(message, "subject"));
    EXPECT_EQ(find_field(message, "subject")->value, " s");
    EXPECT_FALSE(find_field(message, "From"));
}

}  // namespace
}  // namespace md::mail
