// tests/unit/mail/envelope_test.cc - mail/envelope.h, and the envelopes of messages in messages

#include "mail/envelope.h"

#include <gtest/gtest.h>

#include "mail/structure.h"

namespace md::mail {
namespace {

TEST(Envelope, FieldsOfAHeader) {
    const auto e = read_envelope(
        "Received: x\nDATE: Mon, 7 Feb 1994 21:52:25 -0800\n (PST)\nSubject:  a\r\n b \r\nTopic: no\nFrom: a@b\n"
        "Sender: s@b\nReply-To: r@b\nTo: c@d\nCc: e@f\nBcc: g@h\nIn-Reply-To: <1@x>\nMessage-Id: <2@x>\n\nTo: body\n");
    EXPECT_EQ(e.date, "Mon, 7 Feb 1994 21:52:25 -0800 (PST)");
    EXPECT_EQ(e.subject, "a b");
    EXPECT_EQ(e.in_reply_to, "<1@x>");
    EXPECT_EQ(e.message_id, "<2@x>");
    EXPECT_EQ(e.from, " a@b");
    EXPECT_EQ(e.sender, " s@b");
    EXPECT_EQ(e.reply_to, " r@b");
    EXPECT_EQ(e.to, " c@d");
    EXPECT_EQ(e.cc, " e@f");
    EXPECT_EQ(e.bcc, " g@h");
}

TEST(Envelope, AbsentEmptyAndTwice) {
    const auto e = read_envelope("Subject:\nSubject: second\nTo: a@b\nTo: c@d\nbroken line\n more\nCc: e@f\n\n");
    EXPECT_FALSE(e.date);
    EXPECT_EQ(e.subject, "");
    EXPECT_EQ(e.to, " a@b, c@d");
    EXPECT_EQ(e.cc, " e@f");
}

TEST(Envelope, OfAMessageInAMessage) {
    StructureParser parser;
    parser.feed("Subject: out\nContent-Type: message/rfc822\n\nSubject: in\nTo: a@b,\n c@d\nX: y\n z\n\nbody");
    const auto s = parser.finish();
    ASSERT_EQ(s.parts.size(), 2u);
    EXPECT_FALSE(s.parts[0].envelope);
    ASSERT_TRUE(s.parts[1].envelope);
    EXPECT_EQ(s.parts[1].envelope->subject, "in");
    EXPECT_EQ(s.parts[1].envelope->to, " a@b,\n c@d");
}

}  // namespace
}  // namespace md::mail
