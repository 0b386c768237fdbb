// tests/unit/accounts/name_test.cc - one form of an address, one safe file name for it

#include "accounts/name.h"

#include <gtest/gtest.h>

namespace md::accounts {
namespace {

TEST(AccountName, IsWithoutCase) {
    EXPECT_EQ(parse_name("Alice.B@Example.ORG"), (Name{"example.org", "alice.b"}));
    EXPECT_EQ(parse_name("\"A b\"@example.org")->local_part, "a b");
    EXPECT_EQ(parse_name("\"a b\"@example.org")->text(), "\"a b\"@example.org");
}

TEST(AccountName, DomainsAreKnownByTheirALabels) {  // RFC 5891
    EXPECT_EQ(make_domain("B\xc3\xbc"
                          "cher.Example"),
              "xn--bcher-kva.example");
    EXPECT_EQ(make_domain("XN--bcher-kva.example"), "xn--bcher-kva.example");
    EXPECT_EQ(parse_name("j\xc3\xbcrgen@b\xc3\xbc"
                         "cher.example")
                  ->domain,
              "xn--bcher-kva.example");
    EXPECT_EQ(parse_name("j\xc3\xbcrgen@b\xc3\xbc"
                         "cher.example")
                  ->local_part,
              "j\xc3\xbcrgen");
    EXPECT_FALSE(
        make_domain("b\xfc"
                    "cher.example"));
    EXPECT_FALSE(make_domain("\xe2\x80\x8b.example"));
}

TEST(AccountName, IsNoAddressLiteralAndHasBounds) {
    for (const auto* wrong :
         {"", "alice", "@example.org", "alice@", "alice@[192.0.2.1]", "a b@example.org", "no-at-sign"})
        EXPECT_FALSE(parse_name(wrong).has_value()) << wrong;
    EXPECT_TRUE(parse_name(std::string(64, 'a') + "@example.org").has_value());
    EXPECT_FALSE(parse_name(std::string(65, 'a') + "@example.org").has_value());
}

TEST(FileName, NeverLeavesItsFolder) {
    EXPECT_EQ(file_name("alice.b+c-d_e"), "alice.b+c-d_e");
    EXPECT_EQ(file_name("../x"), "%2E.%2Fx");
    EXPECT_EQ(file_name("."), "%2E");
    EXPECT_EQ(file_name(".."), "%2E.");
    EXPECT_EQ(file_name(".removed"), "%2Eremoved");
    EXPECT_EQ(file_name("a%b c"), "a%25b c");
    EXPECT_EQ(file_name("a\n"), "a%0A");
}

TEST(FileName, IsTheOnlyOneOfItsLocalPart) {
    for (const auto* local : {"alice", ".x", "a/b", "a%2fb", "o'neil", "a b"})
        EXPECT_EQ(local_part_of(file_name(local)), local);
    for (const auto* wrong : {"", ".removed", "%", "%2", "%2f", "%61", "a/b", "Alice"})
        EXPECT_FALSE(local_part_of(wrong).has_value()) << wrong;
}

}  // namespace
}  // namespace md::accounts
