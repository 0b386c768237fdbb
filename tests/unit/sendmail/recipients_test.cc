#include "sendmail/recipients.h"

#include <gtest/gtest.h>

namespace md::sendmail {

namespace {

using Words = std::vector<std::string>;

Words of_list(std::string_view list) {
    Words out;
    const auto fault = add_recipients(list, out);
    EXPECT_FALSE(fault) << fault->text;
    return out;
}

Words of_header(std::string_view header) {
    Words out;
    const auto fault = add_recipients_of(header, out);
    EXPECT_FALSE(fault) << fault->text;
    return out;
}

std::string fault_of(std::string_view list) {
    Words out;
    const auto fault = add_recipients(list, out);
    if (!fault) return "";
    EXPECT_EQ(fault->exit, Exit::bad_input);
    return fault->text;
}

}  // namespace

TEST(SendmailRecipients, OfTheCommandLine) {
    EXPECT_EQ(of_list("bob"), Words{"bob"});
    EXPECT_EQ(of_list("bob@x, \"A, B\" <c@y>, <d>"), (Words{"bob@x", "c@y", "d"}));
    EXPECT_EQ(of_list("\"a b\"@x"), Words{"\"a b\"@x"});
    EXPECT_EQ(of_list("grüße@x"), Words{"grüße@x"});
    EXPECT_EQ(of_list("a@b.org <c@d.org>"), Words{"c@d.org"});
}

TEST(SendmailRecipients, WhatIsNoAddressIsNamed) {
    EXPECT_NE(fault_of("a@b c@d@").find("no address"), std::string::npos);
    EXPECT_NE(fault_of("bob@x y@").find("no address"), std::string::npos);
    EXPECT_NE(fault_of("a@-").find("a@-"), std::string::npos);
    EXPECT_NE(fault_of("bob@" + std::string(300, 'x')).find("bob@xxx"), std::string::npos);
    EXPECT_NE(fault_of("\"a\nRCPT TO:<b>\"@x"), "");
}

TEST(SendmailRecipients, OfTheHeader) {
    EXPECT_EQ(of_header("From: z@x\nTo: a@x,\n b@x\nSubject: c@x\ncc: d\nBCC: People: e@x, f;\n"),
              (Words{"a@x", "b@x", "d", "e@x", "f"}));
    EXPECT_EQ(of_header("To: a@x\nResent-To: b@x\nResent-Bcc: c\n"), (Words{"b@x", "c"}));
    EXPECT_EQ(of_header("To: a@x\nResent-From: b@x\n"), Words());
    EXPECT_EQ(of_header("To: undisclosed-recipients:;\n"), Words());
}

TEST(SendmailRecipients, BlindCopiesLeaveTheHeader) {
    EXPECT_EQ(without_blind_copies("A: 1\nBcc: a,\n b\nC: 2\n d\nresent-bcc: e\n"), "A: 1\nC: 2\n d\n");
    EXPECT_EQ(without_blind_copies(""), "");
}

TEST(SendmailRecipients, TheSender) {
    EXPECT_EQ(*sender_of(""), "");
    EXPECT_EQ(*sender_of("<>"), "");
    EXPECT_EQ(*sender_of("<a@x>"), "a@x");
    EXPECT_EQ(*sender_of("a"), "a");
    EXPECT_FALSE(sender_of("a, b"));
    EXPECT_FALSE(sender_of("a@"));
}

TEST(SendmailRecipients, TheAuthorOfAHeaderWithoutOne) {
    EXPECT_EQ(from_field("", "a@x"), "From: a@x\n");
    EXPECT_EQ(from_field("A \"B\" \\", "a"), "From: \"A \\\"B\\\" \\\\\" <a>\n");
    EXPECT_EQ(from_field("A\nBcc: b", "a"), "From: \"A Bcc: b\" <a>\n");
    EXPECT_EQ(from_field("Jürgen", "a"), "From: =?utf-8?B?SsO8cmdlbg==?= <a>\n");
    EXPECT_EQ(from_field("J\xFCrgen", "a"), "From: =?utf-8?B?SsO8cmdlbg==?= <a>\n") << "ISO-8859-1";
    std::string euros;
    for (int i = 0; i < 16; ++i) euros += "€";
    EXPECT_EQ(from_field("a" + euros, "a"),
              "From: =?utf-8?B?YeKCrOKCrOKCrOKCrOKCrOKCrOKCrOKCrOKCrOKCrOKCrOKCrOKCrOKCrA==?=\n"
              " =?utf-8?B?4oKs4oKs?= <a>\n")
        << "no character is cut (RFC 2047 §5)";
    const auto field = from_field(std::string(2000, 'x'), "a");
    for (std::size_t at = 0; at < field.size(); at = field.find('\n', at) + 1)
        EXPECT_LE(field.find('\n', at) - at, 90U);
}

}  // namespace md::sendmail
