// tests/unit/dns/rdata_test.cc - dns/rdata.h

#include "dns/rdata.h"

#include <gtest/gtest.h>

namespace md::dns {
namespace {

using namespace std::string_literals;

TEST(Rdata, AddressesHaveTheirLengths) {
    EXPECT_EQ(read_a("\xc0\x00\x02\x01"s)->text(), "192.0.2.1");
    EXPECT_EQ(read_aaaa("\x20\x01\x0d\xb8"s + "\0\0\0\0\0\0\0\0\0\0\0\1"s)->text(), "2001:db8::1");
    EXPECT_FALSE(read_a("\xc0\x00\x02"s));
    EXPECT_FALSE(read_a("\x20\x01\x0d\xb8"s + "\0\0\0\0\0\0\0\0\0\0\0\1"s));
    EXPECT_FALSE(read_aaaa("\xc0\x00\x02\x01"s));
}

TEST(Rdata, MxIsPreferenceAndHost) {
    const auto mx = read_mx("\x01\x02\4Mail\7example\3ORG\0"s);
    ASSERT_TRUE(mx);
    EXPECT_EQ(mx->preference, 258);
    EXPECT_EQ(mx->host, "mail.example.org");
}

TEST(Rdata, NullMxHasNoHost) {  // RFC 7505 §3
    const auto mx = read_mx("\0\0\0"s);
    ASSERT_TRUE(mx);
    EXPECT_EQ(mx->host, "");
}

TEST(Rdata, RefusesBrokenNames) {
    for (const auto& wrong : {""s, "\0\n"s, "\0\n\4mail"s, "\0\n\5mail\0"s, "\0\n\4mail\0x"s, "\0\n\xc0\x0c"s,
                              "\0\n\4ma il\0"s, "\0\n\4m\nil\0"s, "\0\n\4m.il\0"s, "\0\n\4m\0il\0"s})
        EXPECT_FALSE(read_mx(wrong)) << wrong;
    std::string endless = "\0\n"s;
    for (int i = 0; i < 200; ++i) endless += "\1a"s;
    EXPECT_FALSE(read_mx(endless + "\0"s));  // beyond 253
}

TEST(Rdata, TxtIsItsStringsAsOne) {  // RFC 7208 §3.3
    EXPECT_EQ(read_txt("\6v=spf1\5 -all"s), "v=spf1 -all");
    EXPECT_EQ(read_txt("\0"s), "");
    EXPECT_FALSE(read_txt(""));
    EXPECT_FALSE(read_txt("\6v=spf"s));
    EXPECT_FALSE(read_txt("\1a\5b"s));
}

TEST(Rdata, PtrNamesAHost) {
    EXPECT_EQ(read_ptr("\4mail\7example\3org\0"s), "mail.example.org");
    EXPECT_FALSE(read_ptr("\0"s));
}

TEST(Rdata, TlsaHasThreeNumbersAndData) {  // RFC 6698 §2.1
    const auto tlsa = read_tlsa("\3\1\1digest"s);
    ASSERT_TRUE(tlsa);
    EXPECT_EQ(*tlsa, (Tlsa{3, 1, 1, "digest"}));
    EXPECT_FALSE(read_tlsa("\3\1\1"s));
    EXPECT_FALSE(read_tlsa("\3"s));
}

TEST(Rdata, WhatIsWrittenIsReadBack) {
    EXPECT_EQ(read_mx(write_mx({65535, "a.example"})), (Mx{65535, "a.example"}));
    EXPECT_EQ(read_mx(write_mx({0, ""})), (Mx{0, ""}));
    const std::string text(700, 'x');
    EXPECT_EQ(read_txt(write_txt(text)), text);
    EXPECT_EQ(read_txt(write_txt("")), "");
    EXPECT_EQ(read_ptr(write_ptr("a.b.c")), "a.b.c");
    EXPECT_EQ(read_tlsa(write_tlsa({2, 0, 2, "d"})), (Tlsa{2, 0, 2, "d"}));
}

}  // namespace
}  // namespace md::dns
