// tests/unit/proto/smtp_parameters_test.cc - proto/smtp/parameters.h, proto/smtp/path.h

#include "proto/smtp/parameters.h"

#include <gtest/gtest.h>

#include "proto/smtp/path.h"

namespace md::smtp {
namespace {

Offer everything() {
    Offer offer;
    for (const auto& rule : kExtensions) offer.add(rule.extension);
    return offer;
}

/// The sender as text, "<>" for the null path, or code and status of the refusal.
std::string sender(std::string_view argument, const Offer& offer = everything()) {
    const auto mail = parse_mail(argument, offer);
    if (!mail) return std::to_string(mail.error().code) + " " + mail.error().status->text();
    return mail->sender ? mail->sender->text() : "<>";
}

std::string recipient(std::string_view argument, const Offer& offer = everything()) {
    const auto rcpt = parse_rcpt(argument, offer);
    if (!rcpt) return std::to_string(rcpt.error().code) + " " + rcpt.error().status->text();
    return rcpt->recipient.text();
}

TEST(SmtpPath, MailboxNullPathAndPostmaster) {  // RFC 5321 §4.1.1.2, §4.1.1.3
    EXPECT_EQ(sender("FROM:<a@x.test>"), "a@x.test");
    EXPECT_EQ(sender("from:<a@x.test>"), "a@x.test");
    EXPECT_EQ(sender("FROM:<>"), "<>");
    EXPECT_EQ(recipient("TO:<b@x.test>"), "b@x.test");
    EXPECT_EQ(recipient("TO:<Postmaster>"), "Postmaster");
    EXPECT_EQ(recipient("TO:<postmaster@x.test>"), "postmaster@x.test");
    EXPECT_EQ(recipient("TO:<>"), "501 5.1.3");
    EXPECT_EQ(sender("FROM:<postmaster>"), "501 5.1.7");
}

TEST(SmtpPath, SourceRouteIsDropped) {  // RFC 5321 §4.1.1.3, appendix C
    EXPECT_EQ(recipient("TO:<@hosta.int,@jkl.org:userc@d.bar.org>"), "userc@d.bar.org");
    EXPECT_EQ(recipient("TO:<@hosta.int:userc@d.bar.org>"), "userc@d.bar.org");
    EXPECT_EQ(recipient("TO:<@[192.0.2.1]:userc@d.bar.org>"), "userc@d.bar.org");
    for (const auto* path : {"TO:<@:a@b>", "TO:<@hosta.int>", "TO:<@hosta.int,b:a@c>", "TO:<@a b:c@d>"})
        EXPECT_EQ(recipient(path), "501 5.1.3") << path;
}

TEST(SmtpPath, QuotedBracketsBelongToTheAddress) {
    EXPECT_EQ(recipient("TO:<\"a>b\"@x.test>"), "\"a>b\"@x.test");
    EXPECT_EQ(recipient("TO:<\"a\\\">b\"@x.test> NOTIFY=NEVER"), "\"a\\\">b\"@x.test");
    EXPECT_EQ(recipient("TO:<\"a b\"@x.test>"), "\"a b\"@x.test");
}

TEST(SmtpPath, LiteralWithColonsIsNoRoute) {
    EXPECT_EQ(recipient("TO:<a@[IPv6:2001:db8::1]>"), "a@[IPv6:2001:db8::1]");
}

TEST(SmtpPath, ABlankBehindTheColonIsForgiven) {
    EXPECT_EQ(sender("FROM: <a@x.test>"), "a@x.test");
    EXPECT_EQ(recipient("TO:  <a@x.test>"), "a@x.test");
}

TEST(SmtpPath, BracketsAreNeeded) {
    for (const auto* argument : {"FROM:a@x.test", "FROM:", "FROM:<a@x.test", "FROM:<\"a@x.test>", "FROM <a@x.test>",
                                 "TO:<a@x.test>", "<a@x.test>", "FROM:<a@x.test>SIZE=1", "FROM:<<a@x.test>>"})
        EXPECT_EQ(sender(argument).substr(0, 3), "501") << argument;
}

TEST(SmtpPath, LengthIsBounded) {  // RFC 5321 §4.5.3.1.3
    EXPECT_EQ(recipient("TO:<" + std::string(249, 'a') + "@x.de>").substr(0, 3), "aaa");
    EXPECT_EQ(recipient("TO:<" + std::string(250, 'a') + "@x.de>"), "501 5.1.3");
    EXPECT_EQ(recipient("TO:<@" + std::string(250, 'a') + ".test:a@x.de>"), "501 5.1.3");
}

TEST(SmtpParameters, SizeBodyAndAuth) {  // RFC 1870 §3, 6152 §2, 4954 §5
    const auto mail = parse_mail("FROM:<e=mc2@x.test> SIZE=500000 BODY=8bitmime AUTH=e+3Dmc2@x.test", everything());
    ASSERT_TRUE(mail);
    EXPECT_EQ(mail->size, 500000u);
    EXPECT_EQ(mail->body, Body::eight_bit_mime);
    EXPECT_EQ(mail->auth, "e=mc2@x.test");
    EXPECT_EQ(parse_mail("FROM:<> AUTH=<>", everything())->auth, "");
    EXPECT_EQ(parse_mail("FROM:<> BODY=7BIT", everything())->body, Body::seven_bit);
    EXPECT_FALSE(parse_mail("FROM:<>", everything())->size);
}

TEST(SmtpParameters, WhatOnlyWeNeedIsNotKept) {
    const auto mail = parse_mail("FROM:<> size=5 BODY=7bit AUTH=<>", everything());
    ASSERT_TRUE(mail);
    EXPECT_TRUE(mail->kept.empty());
    const std::vector<std::string> words{"size=5", "BODY=7bit", "AUTH=<>"};
    EXPECT_EQ(mail->words, words);
}

TEST(SmtpParameters, BadValuesAre501) {
    for (const auto* parameter : {"SIZE", "SIZE=", "SIZE=-1", "SIZE=1k", "SIZE=18446744073709551616",
                                  "SIZE=000000000000000000001", "BODY=9BIT", "BODY", "AUTH=a+3", "AUTH=a+zz", "AUTH=",
                                  "AUTH=nobody", "RET=ALL", "ENVID=", "ENVID=a+0Ab", "SIZE=1 SIZE=1", "SIZE=1 size=2"})
        EXPECT_EQ(sender(std::string("FROM:<> ") + parameter), "501 5.5.4") << parameter;
    for (const auto* parameter : {"NOTIFY=", "NOTIFY=SOMETIMES", "NOTIFY=NEVER,SUCCESS", "ORCPT=a@b", "ORCPT=;a@b",
                                  "ORCPT=rfc822;", "ORCPT=rfc822;a+0Db"})
        EXPECT_EQ(recipient(std::string("TO:<a@b> ") + parameter), "501 5.5.4") << parameter;
}

TEST(SmtpParameters, WhatIsNotOfferedIs555) {  // RFC 5321 §4.1.1.11
    EXPECT_EQ(sender("FROM:<> FOO=bar"), "555 5.5.4");
    EXPECT_EQ(sender("FROM:<> NOTIFY=NEVER"), "555 5.5.4") << "of RCPT, not MAIL";
    EXPECT_EQ(recipient("TO:<a@b> SIZE=1"), "555 5.5.4");
    Offer little;
    little.add(Extension::size);
    EXPECT_EQ(sender("FROM:<> SIZE=1", little), "<>");
    EXPECT_EQ(sender("FROM:<> RET=FULL", little), "555 5.5.4");
    EXPECT_EQ(sender("FROM:<> AUTH=<>", little), "555 5.5.4");
}

TEST(SmtpParameters, DeliveryStatusRequests) {  // RFC 3461 §4, §10
    const auto mail = parse_mail("FROM:<Alice@Example.ORG> RET=HDRS ENVID=QQ314159", everything());
    ASSERT_TRUE(mail);
    EXPECT_EQ(mail->ret, Return::headers);
    EXPECT_EQ(mail->envid, "QQ314159");
    const auto rcpt =
        parse_rcpt("TO:<Carol@Ivory.EDU> NOTIFY=FAILURE,delay ORCPT=rfc822;Carol+20C@Ivory.EDU", everything());
    ASSERT_TRUE(rcpt);
    EXPECT_TRUE(rcpt->notify.given && rcpt->notify.failure && rcpt->notify.delay);
    EXPECT_FALSE(rcpt->notify.success);
    EXPECT_EQ(rcpt->original_recipient, "rfc822;Carol C@Ivory.EDU");
    // What a relay passes on is as it came
    const std::vector<Parameter> mail_kept{{"RET", "HDRS"}, {"ENVID", "QQ314159"}};
    EXPECT_EQ(mail->kept, mail_kept);
    const std::vector<Parameter> rcpt_kept{{"NOTIFY", "FAILURE,delay"}, {"ORCPT", "rfc822;Carol+20C@Ivory.EDU"}};
    EXPECT_EQ(rcpt->kept, rcpt_kept);
    EXPECT_EQ(rcpt->words.size(), 2u);
    EXPECT_EQ(rcpt->words.front(), "NOTIFY=FAILURE,delay");
    const auto never = parse_rcpt("TO:<a@b> NOTIFY=NEVER", everything());
    EXPECT_TRUE(never->notify.given && !never->notify.success && !never->notify.failure && !never->notify.delay);
}

TEST(SmtpParameters, AddressesInUtf8NeedTheirParameter) {  // RFC 6531 §3.4, §3.5
    EXPECT_EQ(sender("FROM:<jürgen@bücher.test> SMTPUTF8"), "jürgen@bücher.test");
    EXPECT_EQ(sender("FROM:<jürgen@x.test>"), "553 5.6.7");
    EXPECT_EQ(sender("FROM:<@bücher.test:jürgen@x.test> SMTPUTF8"), "jürgen@x.test");
    EXPECT_EQ(sender("FROM:<> SMTPUTF8=1"), "501 5.5.4");
    EXPECT_EQ(sender("FROM:<jürgen@x.test> SMTPUTF8", Offer()), "553 5.6.7");
    EXPECT_EQ(sender("FROM:<a@x.test> SMTPUTF8", Offer()), "555 5.5.4");
    EXPECT_EQ(recipient("TO:<jürgen@x.test>"), "553 5.6.7");
    const auto rcpt = parse_rcpt("TO:<jürgen@x.test> ORCPT=UTF-8;jürgen+2B@x.test", everything(), true);
    ASSERT_TRUE(rcpt);
    EXPECT_EQ(rcpt->original_recipient, "UTF-8;jürgen+@x.test");
    EXPECT_FALSE(parse_rcpt("TO:<a@x.test> ORCPT=utf-8;jürgen@x.test", everything(), false));
    EXPECT_FALSE(parse_rcpt("TO:<a@x.test> ORCPT=rfc822;jürgen@x.test", everything(), true));
    EXPECT_FALSE(parse_rcpt("TO:<a@x.test> ORCPT=utf-8;j\xfcrgen@x.test", everything(), true));
}

TEST(Xtext, BothWays) {  // RFC 3461 §4
    EXPECT_EQ(encode_xtext("a b+c=d~"), "a+20b+2Bc+3Dd~");
    EXPECT_EQ(decode_xtext("a+20b+2Bc+3Dd~"), "a b+c=d~");
    for (const auto* text : {"a b", "a=b", "+", "+2", "a+2", "+G0", "\xc3\xa9"})
        EXPECT_FALSE(decode_xtext(text)) << text;
}

}  // namespace
}  // namespace md::smtp
