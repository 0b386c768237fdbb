// tests/unit/mail/trace_test.cc - mail/trace.h

#include "mail/trace.h"

#include <gtest/gtest.h>

#include "base/strings.h"
#include "mail/header.h"

namespace md::mail {
namespace {

Received sample() {
    Received r;
    r.helo = "client.example.org";
    r.client_name = "ptr.example.org";
    r.client_ip = "192.0.2.7";
    r.by = "mail.test";
    r.protocol.extended = true;
    r.id = "0123456789ABC";
    r.time = WallTime(std::chrono::seconds(880127706));
    return r;
}

std::string unfolded(const Received& received) {
    const auto field = received_field(received);
    return unfold(field);
}

TEST(Received, TellsWhoWhereHowAndWhen) {  // RFC 5321 §4.4
    auto r = sample();
    r.recipient = "bob@mail.test";
    EXPECT_EQ(received_field(r),
              "Received: from client.example.org (ptr.example.org [192.0.2.7]) by mail.test\n"
              "\t(mdmail) with ESMTP id 0123456789ABC for <bob@mail.test>;\n"
              "\tFri, 21 Nov 1997 15:55:06 +0000\n");
}

TEST(Received, UnknownNameAndIpv6AreSaidSo) {
    auto r = sample();
    r.client_name = "";
    r.client_ip = "2001:db8::1";
    EXPECT_NE(unfolded(r).find("from client.example.org (unknown [IPv6:2001:db8::1])"), std::string::npos);
    r.client_ip = "";
    EXPECT_NE(unfolded(r).find("from client.example.org (local)"), std::string::npos);
}

TEST(Received, AHeloThatIsNoDomainStandsInACommentWithoutItsTeeth) {
    auto r = sample();
    r.helo = "evil) by x; (\r\nBcc: y";
    const auto field = received_field(r);
    EXPECT_NE(unfold(field).find("from [192.0.2.7] (ptr.example.org [192.0.2.7])"), std::string::npos);
    EXPECT_NE(field.find("(helo=evil??by?x;????Bcc:?y)"), std::string::npos) << field;
    EXPECT_EQ(count_fields(field, "Bcc", 1), 0u);
}

TEST(Received, CipherFollowsTheRecipient) {  // RFC 8314 §4.3
    auto r = sample();
    r.protocol.tls = true;
    r.tls = "TLS_AES_256_GCM_SHA384";
    EXPECT_NE(unfolded(r).find("with ESMTPS id 0123456789ABC tls TLS_AES_256_GCM_SHA384;"), std::string::npos)
        << unfolded(r);
}

TEST(Received, NoLineIsLong) {
    auto r = sample();
    r.tls = "TLS_AES_256_GCM_SHA384";
    r.recipient = "a.rather.long.local.part@a.rather.long.domain.example.org";
    const auto field = received_field(r);
    for (const auto line : split(field, '\n')) EXPECT_LE(line.size(), 78u) << line;
}

TEST(ProtocolName, AllThatTheRegistryHas) {  // RFC 3848
    EXPECT_EQ(protocol_name({}), "SMTP");
    EXPECT_EQ(protocol_name({false, true, false, false}), "ESMTP");
    EXPECT_EQ(protocol_name({false, true, true, false}), "ESMTPS");
    EXPECT_EQ(protocol_name({false, true, false, true}), "ESMTPA");
    EXPECT_EQ(protocol_name({false, true, true, true}), "ESMTPSA");
    EXPECT_EQ(protocol_name({true, true, false, false}), "LMTP");
    EXPECT_EQ(protocol_name({true, true, true, false}), "LMTPS");
    EXPECT_EQ(protocol_name({true, true, false, true}), "LMTPA");
    EXPECT_EQ(protocol_name({true, true, true, true}), "LMTPSA");
    // RFC 6531 §4.3
    EXPECT_EQ(protocol_name({false, true, false, false, true}), "UTF8SMTP");
    EXPECT_EQ(protocol_name({false, true, true, true, true}), "UTF8SMTPSA");
    EXPECT_EQ(protocol_name({true, true, false, true, true}), "UTF8LMTPA");
    EXPECT_EQ(protocol_name({true, true, true, false, true}), "UTF8LMTPS");
}

TEST(Trace, ReturnPathMessageIdAndHops) {
    EXPECT_EQ(return_path_field("a@b"), "Return-Path: <a@b>\n");
    EXPECT_EQ(return_path_field(""), "Return-Path: <>\n");
    EXPECT_EQ(message_id("u1", "mail.test"), "<u1@mail.test>");
    EXPECT_EQ(count_hops("Received: a\nreceived: b\nX: c\n\nReceived: body\n", 100), 2u);
    EXPECT_EQ(count_hops("Received: a\nreceived: b\n", 1), 1u);
}

}  // namespace
}  // namespace md::mail
