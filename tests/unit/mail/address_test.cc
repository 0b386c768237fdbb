// tests/unit/mail/address_test.cc - mail/address.h

#include "mail/address.h"

#include <gtest/gtest.h>

namespace md::mail {
namespace {

std::string local_part(std::string_view text) {
    const auto address = parse_mailbox(text);
    return address ? address->local_part : std::string("(").append(describe(address.error())).append(")");
}

std::optional<AddressFault> fault(std::string_view text) {
    const auto address = parse_mailbox(text);
    return address ? std::nullopt : std::optional(address.error());
}

TEST(Mailbox, DotStringAndDomainAreTakenAsTheyStand) {  // RFC 5321 §4.1.2
    const auto address = parse_mailbox("Some.One+detail@Example.ORG");
    ASSERT_TRUE(address);
    EXPECT_EQ(address->local_part, "Some.One+detail");
    EXPECT_EQ(address->domain, "Example.ORG");
    EXPECT_EQ(address->text(), "Some.One+detail@Example.ORG");
    EXPECT_EQ(local_part("!#$%&'*+-/=?^_`{|}~@x.test"), "!#$%&'*+-/=?^_`{|}~");
}

TEST(Mailbox, QuotedLocalPartLosesItsQuotes) {  // RFC 5321 §4.1.2: Quoted-string
    EXPECT_EQ(local_part("\"a b\"@x.test"), "a b");
    EXPECT_EQ(local_part("\"a\\\"b\\\\c\"@x.test"), "a\"b\\c");
    EXPECT_EQ(local_part("\"a@b>c\"@x.test"), "a@b>c");
    EXPECT_EQ(local_part("\"plain\"@x.test"), "plain");
}

TEST(Mailbox, TextQuotesOnlyWhatNeedsIt) {
    for (const auto* text :
         {"plain@x.test", "\"a b\"@x.test", "\"a\\\"b\\\\c\"@x.test", "\"a..b\"@x.test", "\".a\"@x.test"}) {
        const auto address = parse_mailbox(text);
        ASSERT_TRUE(address) << text;
        EXPECT_EQ(address->text(), text);
    }
    EXPECT_EQ(parse_mailbox("\"pl\\ain\"@x.test")->text(), "plain@x.test");
    EXPECT_EQ((Address{"Postmaster", ""}.text()), "Postmaster");
}

TEST(Mailbox, MalformedLocalPartsAreRefused) {
    for (const auto* text :
         {".a@x.test", "a.@x.test", "a..b@x.test", "a b@x.test", "a\tb@x.test", "\"a@x.test", "\"a\"b@x.test",
          "\"\"@x.test", "@x.test", "a(c)@x.test", "a<b@x.test", "\"a\\\"@x.test", "\"a\nb\"@x.test", "a\"b\"@x.test"})
        EXPECT_EQ(fault(text), AddressFault::bad_local_part) << text;
    EXPECT_EQ(fault(""), AddressFault::empty);
    EXPECT_EQ(fault("alone"), AddressFault::no_domain);
    EXPECT_EQ(fault("alone@"), AddressFault::no_domain);
    EXPECT_EQ(fault("k\xc3\xb6ln@x.test"), AddressFault::not_ascii);
}

TEST(Mailbox, DomainIsAName) {
    for (const auto* text : {"a@x..test", "a@.x", "a@x.", "a@-x.test", "a@x-.test", "a@x@y", "a@x y", "a@x/y", "a@x,y"})
        EXPECT_EQ(fault(text), AddressFault::bad_domain) << text;
    EXPECT_EQ(fault("a@localhost"), std::nullopt);
    EXPECT_EQ(fault("a@1.2.3.x"), std::nullopt);
    EXPECT_EQ(fault("a@my_host.test"), std::nullopt);
}

TEST(Mailbox, LiteralIsAnIpAddress) {  // RFC 5321 §4.1.3
    EXPECT_EQ(fault("a@[192.0.2.1]"), std::nullopt);
    EXPECT_EQ(fault("a@[IPv6:2001:db8::1]"), std::nullopt);
    EXPECT_EQ(fault("a@[ipv6:::ffff:192.0.2.1]"), std::nullopt);
    for (const auto* text : {"a@[]", "a@[192.0.2]", "a@[192.0.2.256]", "a@[2001:db8::1]", "a@[IPv6:]",
                             "a@[IPv6:1::2::3]", "a@[x:y]", "a@[192.0.2.1", "a@[192.0.2.1]x"})
        EXPECT_EQ(fault(text), AddressFault::bad_literal) << text;
    EXPECT_TRUE(parse_mailbox("a@[192.0.2.1]")->has_literal());
    EXPECT_EQ(address_literal("192.0.2.1"), "[192.0.2.1]");
    EXPECT_EQ(address_literal("2001:db8::1"), "[IPv6:2001:db8::1]");
}

TEST(Mailbox, LengthsAreBounded) {  // RFC 5321 §4.5.3.1
    EXPECT_EQ(fault(std::string(64, 'l') + "@x.test"), std::nullopt);
    EXPECT_EQ(fault(std::string(100, 'l') + "@x.test"), std::nullopt) << "a sender's VERP address";
    EXPECT_EQ(fault(std::string(250, 'l') + "@x.de"), AddressFault::too_long);
    EXPECT_EQ(fault(std::string(249, 'l') + "@x.de"), std::nullopt);
    EXPECT_EQ(fault("a@" + std::string(63, 'd') + ".test"), std::nullopt);
    EXPECT_EQ(fault("a@" + std::string(64, 'd') + ".test"), AddressFault::bad_domain);
}

TEST(Address, Utf8IsForThoseWhoSaySo) {  // RFC 6531 §3.3
    for (const auto* text :
         {"jürgen@bücher.example", "用户@例え.テスト", "a.ü@x.test", "\"j ü\"@x.test", "ü@[192.0.2.1]"}) {
        EXPECT_EQ(parse_mailbox(text).error(), AddressFault::not_ascii) << text;
        const auto address = parse_mailbox(text, Utf8::allowed);
        ASSERT_TRUE(address) << text;
        EXPECT_EQ(address->text(), text);
    }
    EXPECT_EQ(parse_mailbox("\"jürgen\"@x.test", Utf8::allowed)->text(), "jürgen@x.test");
    EXPECT_EQ(parse_mailbox("j\xfcrgen@x.test", Utf8::allowed).error(), AddressFault::not_utf8);
    EXPECT_EQ(parse_mailbox("ü..ü@x.test", Utf8::allowed).error(), AddressFault::bad_local_part);
    EXPECT_EQ(parse_mailbox("a@ü..ü", Utf8::allowed).error(), AddressFault::bad_domain);
    EXPECT_EQ(parse_mailbox("a@-ü", Utf8::allowed).error(), AddressFault::bad_domain);
    EXPECT_FALSE(is_domain("bücher.example"));
    EXPECT_TRUE(is_domain("bücher.example", Utf8::allowed));
}

}  // namespace
}  // namespace md::mail
