// tests/unit/base/encoding_test.cc - base/encoding.h

#include "base/encoding.h"

#include <gtest/gtest.h>

namespace md {
namespace {

TEST(Base64, TestVectorsOfTheRfcBothWays) {  // RFC 4648 §10
    const std::pair<std::string_view, std::string_view> vectors[] = {
        {"", ""},
        {"f", "Zg=="},
        {"fo", "Zm8="},
        {"foo", "Zm9v"},
        {"foob", "Zm9vYg=="},
        {"fooba", "Zm9vYmE="},
        {"foobar", "Zm9vYmFy"},
    };
    for (const auto& [octets, text] : vectors) {
        EXPECT_EQ(base64_encode(octets), text);
        EXPECT_EQ(base64_decode(text), octets);
    }
}

TEST(Base64, EveryOctetComesBack) {
    std::string octets;
    for (int i = 0; i < 256; ++i) octets.push_back(static_cast<char>(i));
    for (std::size_t length = 250; length <= 256; ++length) {
        const auto part = octets.substr(0, length);
        EXPECT_EQ(base64_decode(base64_encode(part)), part);
    }
}

TEST(Base64, WhatNoEncoderWritesIsRefused) {
    for (const auto* text :
         {"Zg", "Zg=", "Zg===", "Z===", "====", "=", "Zm9v\n", "Zm 9", "Zm9-", "Zh==", "Zm9=", "Zg==Zg==", "Z=g="})
        EXPECT_FALSE(base64_decode(text)) << text;
}

TEST(Hex, TestVectorsOfTheRfcBothWays) {  // RFC 4648 §10
    EXPECT_EQ(hex_encode("foobar"), "666f6f626172");
    EXPECT_EQ(hex_decode("666F6f626172"), "foobar");
    EXPECT_EQ(hex_decode(""), "");
}

TEST(Hex, OddOrForeignDigitsAreRefused) {
    for (const auto* text : {"6", "666", "6g", " 66", "0x66"}) EXPECT_FALSE(hex_decode(text)) << text;
}

TEST(Wipe, LeavesAnEmptyText) {
    std::string secret = "a password";
    wipe(secret);
    EXPECT_TRUE(secret.empty());
}

}  // namespace
}  // namespace md
