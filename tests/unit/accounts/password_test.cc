// tests/unit/accounts/password_test.cc - hashes, verifiers, what a password may be

#include "accounts/password.h"

#include <gtest/gtest.h>

#include "base/encoding.h"

namespace md::accounts {
namespace {

constexpr HashCost kCheap{1, 4096};

TEST(Password, MatchesItsOwnHashAlone) {
    const auto secret = make_secret("secret-Pa55", kCheap);
    ASSERT_TRUE(secret.has_value());
    EXPECT_TRUE(secret->crypt.starts_with("$y$"));
    EXPECT_EQ(hash_matches(secret->crypt, "secret-Pa55"), Match::yes);
    EXPECT_EQ(hash_matches(secret->crypt, "secret-Pa5"), Match::no);
    EXPECT_EQ(hash_matches(secret->crypt, ""), Match::no);
    EXPECT_EQ(hash_matches(secret->crypt, std::string_view("secret-Pa55\0x", 13)), Match::no);
}

TEST(Password, TwoHashesOfOnePasswordDiffer) {
    const auto one = make_secret("same", kCheap);
    const auto two = make_secret("same", kCheap);
    EXPECT_NE(one->crypt, two->crypt);
    EXPECT_NE(one->scram_sha_256, two->scram_sha_256);
}

TEST(Password, HashesOfOtherSystemsMatch) {
    // crypt(5): SHA-512 and bcrypt, from the specifications' own vectors.
    EXPECT_EQ(
        hash_matches(
            "$6$saltstring$svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjl/O817G3uBnIFNjnQJuesI68u4OTLiBFdcbYEdFCoEOfaS35inz1",
            "Hello world!"),
        Match::yes);
    EXPECT_EQ(hash_matches("$2b$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", "U*U"), Match::yes);
}

TEST(Password, AMalformedHashMatchesNothing) {
    for (const auto* hash : {"", "*", "*0", "!", "!!", "x", "$y$", "$y$j9T$", "$unknown$salt$hash", "secret", "$6$"})
        EXPECT_NE(hash_matches(hash, "secret"), Match::yes) << hash;
}

TEST(Password, IsPreparedBySaslprep) {
    const auto secret = make_secret("p\xC3\xA9 x", kCheap);                    // U+00E9
    EXPECT_EQ(hash_matches(secret->crypt, "pe\xCC\x81 x"), Match::yes);        // e, U+0301
    EXPECT_EQ(hash_matches(secret->crypt, "p\xC3\xA9\xC2\xA0x"), Match::yes);  // U+00A0
    EXPECT_EQ(hash_matches(secret->crypt, "P\xC3\xA9 x"), Match::no);
    // RFC 4013 §3: a soft hyphen maps to nothing, U+2168 to "IX".
    EXPECT_EQ(hash_matches(make_secret("I\xC2\xADX", kCheap)->crypt, "IX"), Match::yes);
    EXPECT_EQ(hash_matches(make_secret("\xE2\x85\xA8", kCheap)->crypt, "IX"), Match::yes);
}

TEST(Password, WhatCannotBeTypedTwiceIsRefused) {
    const std::string_view wrong[] = {"", "a\tb", "a\x7f", "\xff", "\xD8\xA7\x31", std::string_view("a\0b", 3)};
    for (const auto password : wrong) EXPECT_FALSE(make_secret(password, kCheap).has_value()) << password;
    EXPECT_FALSE(make_secret(std::string(512, 'x'), kCheap).has_value());
    EXPECT_TRUE(make_secret(std::string(511, 'x'), kCheap).has_value());
}

TEST(ScramVerifier, IsThatOfTheRfcsExamples) {
    // RFC 7677 §3 and RFC 5802 §5: password "pencil".
    EXPECT_EQ(scram_verifier("SCRAM-SHA-256", "pencil", *base64_decode("W22ZaJ0SNY7soEsUEjb6gQ=="), 4096),
              "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$"
              "WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=");
    EXPECT_EQ(scram_verifier("SCRAM-SHA-1", "pencil", *base64_decode("QSXCR+Q6sek8bf92"), 4096),
              "SCRAM-SHA-1$4096:QSXCR+Q6sek8bf92$6dlGYMOdZcOPutkcNY8U2g7vK9Y=:D+CSWLOshSulAsxiupA+qs2/fTE=");
}

}  // namespace
}  // namespace md::accounts
