// tests/unit/auth/protocol_test.cc - auth/protocol.h

#include "auth/protocol.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>

namespace md::auth {
namespace {

std::string fixture(const std::string& name) {
    const char* source = std::getenv("srcdir");
    std::ifstream in(std::string(source != nullptr ? source : ".") + "/tests/fixtures/auth/" + name, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

const Login kLogin("alice@example.com", "secret", "imap", "192.0.2.1");

TEST(AuthProtocol, Version1IsReadForEver) {
    const auto login = decode_login(fixture("login-v1.bin"));
    ASSERT_TRUE(login);
    EXPECT_EQ(login->account, "alice@example.com");
    EXPECT_EQ(login->password, "secret");
    EXPECT_EQ(login->protocol, "imap");
    EXPECT_EQ(login->peer_ip, "192.0.2.1");
    const auto verified = decode_verified(fixture("verified-v1.bin"));
    ASSERT_TRUE(verified);
    EXPECT_EQ(verified->verdict, Verdict::accepted);
    EXPECT_EQ(verified->account, "alice@example.com");
}

TEST(AuthProtocol, WritesWhatTheFixturesHold) {
    EXPECT_EQ(encode(kLogin), fixture("login-v1.bin"));
    EXPECT_EQ(encode(Verified(Verdict::accepted, "alice@example.com")), fixture("verified-v1.bin"));
}

const ScramQuestion kQuestion("SCRAM-SHA-256", "alice@example.com", "imap", "192.0.2.1");

TEST(AuthProtocol, TheMessagesOfScramOfVersion1AreReadForEver) {
    const auto question = decode_scram_question(fixture("scram-question-v1.bin"));
    ASSERT_TRUE(question);
    EXPECT_EQ(question->scheme, "SCRAM-SHA-256");
    EXPECT_EQ(question->account, "alice@example.com");
    EXPECT_EQ(question->protocol, "imap");
    EXPECT_EQ(question->peer_ip, "192.0.2.1");
    const auto salt = decode_scram_salt(fixture("scram-salt-v1.bin"));
    ASSERT_TRUE(salt);
    EXPECT_EQ(salt->salt, "salt");
    EXPECT_EQ(salt->iterations, 4096U);
    const auto proof = decode_scram_proof(fixture("scram-proof-v1.bin"));
    ASSERT_TRUE(proof);
    EXPECT_EQ(proof->login.account, "alice@example.com");
    EXPECT_EQ(proof->auth_message, "message");
    EXPECT_EQ(proof->proof, "proof");
    const auto verified = decode_scram_verified(fixture("scram-verified-v1.bin"));
    ASSERT_TRUE(verified);
    EXPECT_EQ(verified->verified.verdict, Verdict::accepted);
    EXPECT_EQ(verified->verified.account, "alice@example.com");
    EXPECT_EQ(verified->server_signature, "signature");
}

TEST(AuthProtocol, WritesTheMessagesOfScramAsTheFixturesHoldThem) {
    EXPECT_EQ(encode(kQuestion), fixture("scram-question-v1.bin"));
    EXPECT_EQ(encode(ScramSalt("salt", 4096)), fixture("scram-salt-v1.bin"));
    EXPECT_EQ(encode(ScramProof(kQuestion, "message", "proof")), fixture("scram-proof-v1.bin"));
    EXPECT_EQ(encode(ScramVerified(Verified(Verdict::accepted, "alice@example.com"), "signature")),
              fixture("scram-verified-v1.bin"));
}

TEST(AuthProtocol, ACutMessageOfScramIsNone) {
    const auto question = encode(kQuestion);
    const auto salt = encode(ScramSalt("salt", 4096));
    const auto proof = encode(ScramProof(kQuestion, "message", "proof"));
    const auto verified = encode(ScramVerified(Verified(Verdict::wrong, ""), "s"));
    for (std::size_t n = 0; n < question.size(); ++n) EXPECT_FALSE(decode_scram_question(question.substr(0, n))) << n;
    for (std::size_t n = 0; n < salt.size(); ++n) EXPECT_FALSE(decode_scram_salt(salt.substr(0, n))) << n;
    for (std::size_t n = 0; n < proof.size(); ++n) EXPECT_FALSE(decode_scram_proof(proof.substr(0, n))) << n;
    for (std::size_t n = 0; n < verified.size(); ++n) EXPECT_FALSE(decode_scram_verified(verified.substr(0, n))) << n;
    EXPECT_FALSE(decode_scram_question(question + "x"));
    EXPECT_FALSE(decode_scram_salt(salt + "x"));
    EXPECT_FALSE(decode_scram_proof(proof + "x"));
    EXPECT_FALSE(decode_scram_verified(verified + "x"));
}

TEST(AuthProtocol, ACutOrForeignQuestionIsNone) {
    const auto whole = encode(kLogin);
    for (std::size_t size = 0; size < whole.size(); ++size) EXPECT_FALSE(decode_login(whole.substr(0, size))) << size;
    EXPECT_FALSE(decode_login(whole + "x"));
    auto later = whole;
    later[0] = 2;
    EXPECT_FALSE(decode_login(later));
}

TEST(AuthProtocol, AnUnknownVerdictIsNone) {
    auto octets = encode(Verified(Verdict::unavailable, ""));
    octets[1] = 4;
    EXPECT_FALSE(decode_verified(octets));
}

}  // namespace
}  // namespace md::auth
