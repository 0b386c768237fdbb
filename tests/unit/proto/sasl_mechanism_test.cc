// tests/unit/proto/sasl_mechanism_test.cc - proto/sasl/mechanism.h, proto/foreign.h

#include "proto/sasl/mechanism.h"

#include <gtest/gtest.h>

#include "proto/foreign.h"

namespace md::sasl {
namespace {

std::string_view octets(const char* text, std::size_t size) {
    return {text, size};
}
#define OCTETS(literal) octets(literal, sizeof(literal) - 1)

std::string describe(const Step& step) {
    if (const auto* c = std::get_if<Challenge>(&step)) return "challenge " + c->octets;
    if (const auto* c = std::get_if<Credentials>(&step))
        return c->authorization + "|" + c->authentication + "|" + c->password;
    return "malformed";
}

std::string plain(std::string_view response) {
    return describe(find_mechanism("PLAIN")->make()->start(response));
}

TEST(Plain, ExamplesOfTheRfc) {  // RFC 4616 §4
    EXPECT_EQ(plain(OCTETS("\0tim\0tanstaaftanstaaf")), "|tim|tanstaaftanstaaf");
    EXPECT_EQ(plain(OCTETS("Ursel\0Kurt\0xipj3plmq")), "Ursel|Kurt|xipj3plmq");
}

TEST(Plain, WithoutInitialResponseAsksWithAnEmptyChallenge) {
    auto exchange = find_mechanism("plain")->make();
    EXPECT_EQ(describe(exchange->start(std::nullopt)), "challenge ");
    EXPECT_EQ(describe(exchange->respond(OCTETS("\0tim\0secret"))), "|tim|secret");
}

TEST(Plain, MalformedMessagesAreSaidSo) {
    EXPECT_EQ(plain(""), "malformed");
    EXPECT_EQ(plain("tim"), "malformed");
    EXPECT_EQ(plain(OCTETS("\0tim")), "malformed");
    EXPECT_EQ(plain(OCTETS("\0\0secret")), "malformed");
    EXPECT_EQ(plain(OCTETS("\0tim\0")), "malformed");
    EXPECT_EQ(plain(OCTETS("\0tim\0sec\0ret")), "malformed");
    EXPECT_EQ(plain(OCTETS("\0ti\nm\0secret")), "malformed");
    EXPECT_EQ(plain(OCTETS("\0t\xff\0secret")), "malformed");
    EXPECT_EQ(plain(std::string(1, '\0') + std::string(256, 'n') + std::string(1, '\0') + "p"), "malformed");
    EXPECT_EQ(plain(std::string(1, '\0') + "n" + std::string(1, '\0') + std::string(1025, 'p')), "malformed");
}

TEST(Login, AsksForNameThenPassword) {
    auto exchange = find_mechanism("LOGIN")->make();
    EXPECT_EQ(describe(exchange->start(std::nullopt)), "challenge Username:");
    EXPECT_EQ(describe(exchange->respond("tim")), "challenge Password:");
    EXPECT_EQ(describe(exchange->respond("pass word")), "|tim|pass word");
}

TEST(Login, InitialResponseIsTheName) {
    auto exchange = find_mechanism("LOGIN")->make();
    EXPECT_EQ(describe(exchange->start("tim")), "challenge Password:");
    EXPECT_EQ(describe(exchange->respond("secret")), "|tim|secret");
}

TEST(Login, EmptyAndForeignOctetsAreMalformed) {
    EXPECT_EQ(describe(find_mechanism("LOGIN")->make()->start("")), "malformed");
    auto exchange = find_mechanism("LOGIN")->make();
    (void)exchange->start("tim");
    EXPECT_EQ(describe(exchange->respond("")), "malformed");
    EXPECT_EQ(describe(find_mechanism("LOGIN")->make()->start(OCTETS("a\0b"))), "malformed");
}

TEST(Mechanisms, AreFoundByNameAndShowPasswordsUnderTlsAlone) {
    EXPECT_EQ(find_mechanism("CRAM-MD5"), nullptr);
    EXPECT_EQ(find_mechanism(""), nullptr);
    for (const auto& mechanism : mechanisms()) {
        EXPECT_EQ(find_mechanism(mechanism.name), &mechanism);
        EXPECT_EQ(mechanism.shows_password, !mechanism.name.starts_with("SCRAM-"));
        EXPECT_EQ(mechanism.make == nullptr, mechanism.name.starts_with("SCRAM-"));
    }
}

TEST(Response, Base64CancelAndEmpty) {  // RFC 4954 §4
    EXPECT_EQ(*decode_response("dGlt"), "tim");
    EXPECT_EQ(*decode_response(""), "");
    EXPECT_EQ(decode_response("*").error(), ResponseFault::cancelled);
    EXPECT_EQ(decode_response("dGl").error(), ResponseFault::not_base64);
    EXPECT_EQ(decode_response("=").error(), ResponseFault::not_base64);
    EXPECT_EQ(*decode_initial_response("="), "");
    EXPECT_EQ(*decode_initial_response("dGlt"), "tim");
    EXPECT_EQ(decode_initial_response("*").error(), ResponseFault::not_base64);
}

TEST(Foreign, BrowsersAndTlsAreKnown) {  // threats: cross-protocol
    using proto::looks_foreign;
    for (const auto* line :
         {"GET / HTTP/1.1", "POST /x HTTP/1.0", "Host: mail.test:25", "CONNECT a:25 HTTP/1.1", "\x16\x03\x01\x02"})
        EXPECT_TRUE(looks_foreign(line)) << line;
    for (const auto* line : {"EHLO x", "HELP", "", "\x16", "POSTMASTER", "a1 LOGIN x y"})
        EXPECT_FALSE(looks_foreign(line)) << line;
}

}  // namespace
}  // namespace md::sasl
