// tests/unit/proto/smtp_reply_test.cc - proto/smtp/reply.h, proto/smtp/extension.h

#include "proto/smtp/reply.h"

#include <gtest/gtest.h>

#include "base/strings.h"
#include "proto/smtp/extension.h"

namespace md::smtp {
namespace {

TEST(SmtpReply, OneLineWithAndWithoutStatus) {
    EXPECT_EQ(Reply(354, "Go on").bytes(), "354 Go on\r\n");
    EXPECT_EQ(Reply(550, {5, 1, 1}, "No such user").bytes(), "550 5.1.1 No such user\r\n");
    EXPECT_EQ(Reply(250, "").bytes(), "250 \r\n");
}

TEST(SmtpReply, EachLineHasCodeAndStatus) {  // RFC 2034 §4
    EXPECT_EQ(Reply(550, {5, 7, 1}, "one\ntwo\nthree").bytes(),
              "550-5.7.1 one\r\n550-5.7.1 two\r\n550 5.7.1 three\r\n");
}

TEST(SmtpReply, LongTextBecomesMoreLines) {  // RFC 5321 §4.5.3.1.5
    std::string words;
    for (int i = 0; i < 200; ++i) words += "abcdefg ";
    const auto bytes = Reply(550, {5, 7, 1}, words + std::string(1200, 'x')).bytes();
    std::string joined;
    const auto lines = split(bytes, '\n');
    ASSERT_GT(lines.size(), 5u);
    for (std::size_t i = 0; i + 1 < lines.size(); ++i) {
        EXPECT_LE(lines[i].size() + 1, 512u);
        EXPECT_EQ(lines[i].substr(0, 3), "550");
        EXPECT_EQ(lines[i][3], i + 2 == lines.size() ? ' ' : '-');
        joined += lines[i].substr(10, lines[i].size() - 11);
    }
    EXPECT_EQ(joined, words + std::string(1200, 'x'));
}

TEST(SmtpReply, NoOctetLeavesItsLine) {
    EXPECT_EQ(Reply(550, "a\rb\x01\xff\tc").bytes(), "550 a?b???c\r\n");
    EXPECT_EQ(Reply(550, "a\r\n250 ok").bytes(), "550-a?\r\n550 250 ok\r\n");
}

TEST(SmtpReply, Classes) {
    EXPECT_TRUE(Reply(250, "").positive());
    EXPECT_TRUE(Reply(354, "").positive());
    EXPECT_TRUE(Reply(451, "").transient());
    EXPECT_FALSE(Reply(451, "").positive());
    EXPECT_FALSE(Reply(550, "").transient());
}

TEST(SmtpEhlo, TellsWhatIsOfferedAndNothingElse) {
    EXPECT_EQ(ehlo_reply("mail.test", Offer()).bytes(), "250 mail.test\r\n");
    Offer offer;
    offer.add(Extension::auth).add(Extension::pipelining).add(Extension::size).add(Extension::starttls);
    offer.size_limit = 1000;
    offer.mechanisms = {"PLAIN", "LOGIN"};
    EXPECT_EQ(ehlo_reply("mail.test", offer).bytes(),
              "250-mail.test\r\n250-PIPELINING\r\n250-SIZE 1000\r\n250-STARTTLS\r\n250 AUTH PLAIN LOGIN\r\n");
}

}  // namespace
}  // namespace md::smtp
