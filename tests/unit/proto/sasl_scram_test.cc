// tests/unit/proto/sasl_scram_test.cc - proto/sasl/scram.h; messages of RFC 5802 §5 and RFC 7677 §3

#include "proto/sasl/scram.h"

#include <gtest/gtest.h>

#include "base/encoding.h"

namespace md::sasl::scram {
namespace {

TEST(ScramMessages, TheExampleOfRfc5802) {
    const auto first = parse_first("n,,n=user,r=fyko+d2lbbFgONRv9qkxdawL");
    ASSERT_TRUE(first);
    EXPECT_EQ(first->gs2_header, "n,,");
    EXPECT_EQ(first->authorization, "");
    EXPECT_EQ(first->authentication, "user");
    EXPECT_EQ(first->nonce, "fyko+d2lbbFgONRv9qkxdawL");
    const auto challenge =
        server_first("fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j", *base64_decode("QSXCR+Q6sek8bf92"), 4096);
    EXPECT_EQ(challenge, "r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096");
    const auto last = parse_final("c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=");
    ASSERT_TRUE(last);
    EXPECT_EQ(last->channel_binding, "n,,");
    EXPECT_EQ(last->nonce, "fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j");
    EXPECT_EQ(last->proof, *base64_decode("v0X8v3Bz2T0CJGbJQyF0X+HI4Ts="));
    EXPECT_EQ(auth_message(*first, challenge, *last),
              "n=user,r=fyko+d2lbbFgONRv9qkxdawL,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,"
              "i=4096,c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j");
    EXPECT_EQ(server_final(*base64_decode("rmF9pqV8S7suAoZWja4dJRkFsKQ=")), "v=rmF9pqV8S7suAoZWja4dJRkFsKQ=");
}

TEST(ScramMessages, NamesAreDecoded) {
    const auto first = parse_first("y,a=other=2Cone,n=a=3Db=2Cc,r=x,ext=1");
    ASSERT_TRUE(first);
    EXPECT_EQ(first->gs2_header, "y,a=other=2Cone,");
    EXPECT_EQ(first->authorization, "other,one");
    EXPECT_EQ(first->authentication, "a=b,c");
    EXPECT_EQ(first->bare, "n=a=3Db=2Cc,r=x,ext=1") << "as it came: it is signed";
}

TEST(ScramMessages, WhatIsNoFirstMessage) {
    for (const auto* text : {"",
                             "n",
                             "n,",
                             "n,,",
                             "n,,n=user",
                             "n,,n=,r=x",
                             "n,,n=user,r=",
                             "n,,r=x,n=user",
                             "x,,n=user,r=x",
                             "p=tls-unique,,n=user,r=x",
                             "p,,n=user,r=x",
                             "n,b=x,n=user,r=x",
                             "n,a=,n=user,r=x",
                             "n,,m=ext,n=user,r=x",
                             "n,,n=us=2cer,r=x",
                             "n,,n=us=,r=x",
                             "n,,n=us\001er,r=x",
                             "n,,n=us\xff,r=x",
                             "n,,n=user,r=a b",
                             "n,,n=user,r=a\x7f",
                             "nn,,n=user,r=x",
                             ",,n=user,r=x"})
        EXPECT_FALSE(parse_first(text)) << text;
    EXPECT_FALSE(parse_first("n,,n=" + std::string(256, 'a') + ",r=x"));
    EXPECT_TRUE(parse_first("n,,n=" + std::string(255, 'a') + ",r=x"));
    EXPECT_FALSE(parse_first("n,,n=user,r=" + std::string(513, 'a')));
}

TEST(ScramMessages, WhatIsNoFinalMessage) {
    EXPECT_TRUE(parse_final("c=biws,r=x,ext=1,p=AAAA"));
    for (const auto* text : {"", "c=biws,r=x", "c=biws,p=AAAA", "r=x,c=biws,p=AAAA", "c=b!ws,r=x,p=AAAA",
                             "c=biws,r=x,p=A", "c=biws,r=x,p=AAAA,y=1", "c=biws,r=,p=AAAA", "p=AAAA"})
        EXPECT_FALSE(parse_final(text)) << text;
}

}  // namespace
}  // namespace md::sasl::scram
