// tests/unit/dns/name_test.cc - dns/name.h

#include "dns/name.h"

#include <gtest/gtest.h>

namespace md::dns {
namespace {

TEST(QueryName, IsLowerCaseWithoutTheLastDot) {
    EXPECT_EQ(to_query_name("Example.ORG."), "example.org");
    EXPECT_EQ(to_query_name("_25._tcp.Mail.example.org"), "_25._tcp.mail.example.org");
    EXPECT_EQ(to_query_name("1.2.0.192.in-addr.arpa"), "1.2.0.192.in-addr.arpa");
}

TEST(QueryName, TurnsUnicodeLabelsIntoALabels) {  // RFC 5891 §4.4
    EXPECT_EQ(to_query_name("b\xc3\xbc"
                            "cher.example"),
              "xn--bcher-kva.example");
    EXPECT_EQ(to_query_name("B\xc3\x9c"
                            "CHER.example."),
              "xn--bcher-kva.example");
    EXPECT_EQ(to_query_name("xn--bcher-kva.example"), "xn--bcher-kva.example");
}

TEST(QueryName, RefusesWhatIsNoName) {
    for (const auto* wrong :
         {"", ".", "..", ".org", "a..org", "a b.org", "a\tb", "a\\.org", "a\x7f.org", "\xff.org", "\xc3\xbc\\.org"})
        EXPECT_FALSE(to_query_name(wrong)) << wrong;
    EXPECT_FALSE(to_query_name(std::string_view("a\0.org", 6)));
    EXPECT_FALSE(to_query_name(std::string_view("\xc3\xbc\0.org", 7)));
}

TEST(QueryName, HoldsToTheLengthsOfTheDns) {  // RFC 1035 §2.3.4: 63 octets a label, 255 on the wire
    const std::string label(63, 'a');
    EXPECT_TRUE(to_query_name(label + ".org"));
    EXPECT_FALSE(to_query_name(label + "a.org"));
    const auto longest = label + "." + label + "." + label + "." + std::string(61, 'b');
    ASSERT_EQ(longest.size(), 253u);
    EXPECT_TRUE(to_query_name(longest));
    EXPECT_TRUE(to_query_name(longest + "."));
    EXPECT_FALSE(to_query_name(longest + "b"));
    EXPECT_FALSE(to_query_name(std::string(100000, 'a')));
}

TEST(ReverseName, IsWhereThePtrRecordsStand) {  // RFC 1035 §3.5, RFC 3596 §2.5
    EXPECT_EQ(reverse_name(*IpAddress::parse("192.0.2.1")), "1.2.0.192.in-addr.arpa");
    EXPECT_EQ(reverse_name(*IpAddress::parse("2001:db8::567:89ab")),
              "b.a.9.8.7.6.5.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa");
    EXPECT_EQ(reverse_name(*IpAddress::parse("::ffff:192.0.2.1")), "1.2.0.192.in-addr.arpa");
}

}  // namespace
}  // namespace md::dns
