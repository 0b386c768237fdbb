// tests/unit/proto/smtp_xclient_test.cc - proto/smtp/xclient.h

#include "proto/smtp/xclient.h"

#include <gtest/gtest.h>

namespace md::smtp {
namespace {

TEST(SmtpXclient, WhatIsGivenAndWhatIsNot) {
    const auto given =
        parse_xclient("NAME=spike.example addr=198.51.100.2 PORT=25 HELO=[192.0.2.1] LOGIN=a+2Bb@x.test");
    ASSERT_TRUE(given);
    EXPECT_EQ(given->name, "spike.example");
    EXPECT_EQ(given->address->value().text(), "198.51.100.2");
    EXPECT_EQ(given->port, 25);
    EXPECT_EQ(given->helo, "[192.0.2.1]");
    EXPECT_EQ(given->login, "a+b@x.test");
    const auto little = parse_xclient("PROTO=SMTP DESTADDR=IPv6:2001:db8::1 DESTPORT=25");
    ASSERT_TRUE(little);
    EXPECT_FALSE(little->name || little->address || little->port || little->helo || little->login);
    EXPECT_EQ(parse_xclient("ADDR=IPV6:2001:db8::1")->address->value().text(), "2001:db8::1");
}

TEST(SmtpXclient, UnknownIsNotTheSameAsNotGiven) {
    for (const auto* word : {"[UNAVAILABLE]", "[tempunavail]"}) {
        const auto given =
            parse_xclient(std::string("NAME=") + word + " ADDR=" + word + " PORT=" + word + " HELO=" + word +
                          " LOGIN=" + word + " PROTO=" + word + " DESTADDR=" + word + " DESTPORT=" + word);
        ASSERT_TRUE(given);
        EXPECT_EQ(given->name, "");
        ASSERT_TRUE(given->address);
        EXPECT_FALSE(*given->address);
        EXPECT_EQ(given->port, 0);
        EXPECT_EQ(given->helo, "");
        EXPECT_EQ(given->login, "");
    }
}

TEST(SmtpXclient, BadOnesAre501) {
    for (const auto* argument : {"NAME",
                                 "NAME=",
                                 "=x",
                                 "NAME=a..b",
                                 "NAME=-",
                                 "NAME=a=b",
                                 "NAME=a+0Ab",
                                 "NAME=a+00",
                                 "ADDR=192.0.2.256",
                                 "ADDR=2001:db8::1",
                                 "ADDR=IPv6:192.0.2.1.1",
                                 "ADDR=unknown",
                                 "PORT=-1",
                                 "PORT=65536",
                                 "PROTO=LMTP",
                                 "HELO=a b",
                                 "HELO=a+20b",
                                 "LOGIN=bob",
                                 "LOGIN=+3C@x",
                                 "DESTADDR=x",
                                 "DESTPORT=x",
                                 "FOO=bar",
                                 "NAME=a NAME=b",
                                 "NAME=\xc3"}) {
        const auto given = parse_xclient(argument);
        ASSERT_FALSE(given) << argument;
        EXPECT_EQ(given.error().code, 501) << argument;
    }
}

}  // namespace
}  // namespace md::smtp
