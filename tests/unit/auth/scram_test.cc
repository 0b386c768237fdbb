// tests/unit/auth/scram_test.cc - auth/scram.h with the vectors of RFC 5802 §5 and RFC 7677 §3

#include "auth/scram.h"

#include <gtest/gtest.h>

#include "accounts/password.h"
#include "base/encoding.h"

namespace md::auth {
namespace {

struct Vector {
    const char* scheme;
    const char* salt;
    const char* message;
    const char* proof;
    const char* signature;
};

constexpr Vector kVectors[] = {
    {"SCRAM-SHA-1", "QSXCR+Q6sek8bf92",
     "n=user,r=fyko+d2lbbFgONRv9qkxdawL,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096,"
     "c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j",
     "v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=", "rmF9pqV8S7suAoZWja4dJRkFsKQ="},
    {"SCRAM-SHA-256", "W22ZaJ0SNY7soEsUEjb6gQ==",
     "n=user,r=rOprNGfwEbeRWgbNEkqO,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ=="
     ",i=4096,c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0",
     "dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=", "6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="},
};

ScramKeys keys_of(const Vector& vector) {
    const auto verifier = accounts::scram_verifier(vector.scheme, "pencil", *base64_decode(vector.salt), 4096);
    return read_scram_keys(vector.scheme, verifier).value();
}

TEST(Scram, TheRfcsVectors) {
    for (const auto& vector : kVectors) {
        const auto keys = keys_of(vector);
        EXPECT_EQ(keys.iterations, 4096U);
        EXPECT_EQ(base64_encode(keys.salt), vector.salt);
        const auto proof = *base64_decode(vector.proof);
        EXPECT_TRUE(scram_proof_is_right(vector.scheme, keys, vector.message, proof)) << vector.scheme;
        EXPECT_EQ(base64_encode(scram_server_signature(vector.scheme, keys, vector.message)), vector.signature);
    }
}

TEST(Scram, AnyOtherProofOrMessageIsWrong) {
    for (const auto& vector : kVectors) {
        const auto keys = keys_of(vector);
        const auto proof = *base64_decode(vector.proof);
        for (std::size_t i = 0; i < proof.size(); ++i) {
            auto other = proof;
            other[i] = static_cast<char>(other[i] ^ 1);
            EXPECT_FALSE(scram_proof_is_right(vector.scheme, keys, vector.message, other));
        }
        EXPECT_FALSE(scram_proof_is_right(vector.scheme, keys, vector.message, proof.substr(1)));
        EXPECT_FALSE(scram_proof_is_right(vector.scheme, keys, vector.message, proof + "x"));
        EXPECT_FALSE(scram_proof_is_right(vector.scheme, keys, vector.message, ""));
        EXPECT_FALSE(scram_proof_is_right(vector.scheme, keys, vector.message + std::string("x"), proof));
    }
}

TEST(Scram, WhatIsNoVerifier) {
    const auto whole = accounts::scram_verifier("SCRAM-SHA-256", "pencil", "salt", 4096);
    EXPECT_TRUE(read_scram_keys("SCRAM-SHA-256", whole));
    EXPECT_FALSE(read_scram_keys("SCRAM-SHA-1", whole));
    EXPECT_FALSE(read_scram_keys("SCRAM-SHA-512", "SCRAM-SHA-512$1:c2FsdA==$AAAA:AAAA"));
    for (std::size_t size = 0; size < whole.size(); ++size)
        EXPECT_FALSE(read_scram_keys("SCRAM-SHA-256", whole.substr(0, size))) << size;
    EXPECT_FALSE(read_scram_keys("SCRAM-SHA-256", whole + "AAAA"));
    EXPECT_FALSE(read_scram_keys("SCRAM-SHA-256", "SCRAM-SHA-256$0:" + whole.substr(whole.find(':') + 1)));
}

}  // namespace
}  // namespace md::auth
