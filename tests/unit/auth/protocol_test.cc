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
