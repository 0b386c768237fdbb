// tests/unit/mail/report_test.cc - mail/report.h

#include "mail/report.h"

#include <gtest/gtest.h>

#include <vector>

#include "base/strings.h"
#include "mail/encoded_word.h"
#include "mail/header.h"

namespace md::mail {
namespace {

RecipientReport failed_recipient() {
    RecipientReport r;
    r.final_recipient = "nobody@x.test";
    r.status = {5, 1, 1};
    r.diagnostic = "No such user here";
    return r;
}

Report sample() {
    Report report;
    report.reporting_host = "mail.test";
    report.unique = "R4ND0M";
    report.sender = "alice@elsewhere.test";
    report.queue_id = "0123456789ABC";
    report.arrived = WallTime(std::chrono::seconds(880127706));
    report.now = report.arrived + std::chrono::hours(1);
    report.recipients.push_back(failed_recipient());
    return report;
}

std::string field(std::string_view text, std::string_view name) {
    const auto found = find_field(text, name);
    return found ? unfold(found->value) : "(none)";
}

TEST(Report, IsAMultipartReportThatNobodyAnswers) {  // RFC 6522 §3, 3834 §5
    const auto text = format_report(sample());
    EXPECT_EQ(field(text.head, "To"), "<alice@elsewhere.test>");
    EXPECT_EQ(field(text.head, "Auto-Submitted"), "auto-replied");
    EXPECT_EQ(field(text.head, "Message-ID"), "<R4ND0M@mail.test>");
    EXPECT_EQ(field(text.head, "MIME-Version"), "1.0");
    EXPECT_EQ(field(text.head, "Content-Type"),
              "multipart/report; report-type=delivery-status;\tboundary=\"=_report_R4ND0M\"");
    EXPECT_EQ(field(text.head, "Date"), "Fri, 21 Nov 1997 16:55:06 +0000");
    EXPECT_EQ(field(text.head, "Subject"), "Mail could not be delivered");
}

TEST(Report, OfAnInternationalMessageIsUtf8) {  // RFC 6533
    auto report = sample();
    report.recipients[0].final_recipient = "m\xC3\xBCller@x.test";
    EXPECT_NE(format_report(report).head.find("Final-Recipient: rfc822"), 0U);
    EXPECT_EQ(format_report(report).head.find("\xC3\xBC"), std::string::npos) << "nobody said that UTF-8 is understood";
    const auto plain = format_report(report).head;
    EXPECT_NE(plain.find("\nFinal-Recipient: utf-8; m\\x{FC}ller@x.test\n"), std::string::npos) << "RFC 6533 §3";
    EXPECT_NE(plain.find("  <m=C3=BCller@x.test>\n"), std::string::npos) << "and people can read it";
    report.international = true;
    report.sender = "gr\xC3\xBC\xC3\x9F@elsewhere.test";
    report.recipients[0].diagnostic = "half a character: \xC3";
    const auto head = format_report(report).head;
    EXPECT_EQ(field(head, "To"), "<gr\xC3\xBC\xC3\x9F@elsewhere.test>");
    EXPECT_EQ(field(head, "Content-Transfer-Encoding"), "8bit");
    for (const auto* part :
         {"Content-Type: text/plain; charset=utf-8\n", "Content-Type: message/global-delivery-status\n",
          "Final-Recipient: utf-8; m\xC3\xBCller@x.test\n", "Content-Type: message/global-headers\n",
          "half a character: ?"})
        EXPECT_NE(head.find(part), std::string::npos) << part << "\n" << head;
}

TEST(Report, HasThreePartsAndAnEnd) {
    const auto text = format_report(sample());
    const auto whole = text.head + "Subject: original\n" + text.tail;
    std::size_t delimiters = 0;
    for (auto at = whole.find("\n--=_report_R4ND0M\n"); at != std::string::npos;
         at = whole.find("\n--=_report_R4ND0M\n", at + 1))
        ++delimiters;
    EXPECT_EQ(delimiters, 3u);
    EXPECT_NE(whole.find("Content-Type: text/rfc822-headers\n"), std::string::npos);
    EXPECT_EQ(text.tail, "\n--=_report_R4ND0M--\n");
}

TEST(Report, StatusPartHasTheFieldsOfTheRfc) {  // RFC 3464 §2.2, §2.3
    auto report = sample();
    report.envelope_id = "QQ314159";
    auto remote = failed_recipient();
    remote.final_recipient = "bob@y.test";
    remote.original_recipient = "rfc822;robert@y.test";
    remote.remote_mta = "mx.y.test";
    remote.diagnostic = "550 5.7.1 go away\n550 5.7.1 for good";
    remote.status = {5, 7, 1};
    remote.last_attempt = report.now;
    report.recipients.push_back(remote);
    const auto head = format_report(report).head;
    const auto begin = head.find("message/delivery-status");
    ASSERT_NE(begin, std::string::npos);
    const auto status = head.substr(head.find("\n\n", begin) + 2);
    EXPECT_EQ(status.substr(0, status.find("\n--")),
              "Reporting-MTA: dns; mail.test\n"
              "Original-Envelope-Id: QQ314159\n"
              "Arrival-Date: Fri, 21 Nov 1997 15:55:06 +0000\n"
              "\n"
              "Final-Recipient: rfc822; nobody@x.test\n"
              "Action: failed\n"
              "Status: 5.1.1\n"
              "Diagnostic-Code: X-mdmail; No such user here\n"
              "\n"
              "Original-Recipient: rfc822;robert@y.test\n"
              "Final-Recipient: rfc822; bob@y.test\n"
              "Action: failed\n"
              "Status: 5.7.1\n"
              "Remote-MTA: dns; mx.y.test\n"
              "Diagnostic-Code: smtp; 550 5.7.1 go away 550 5.7.1 for good\n"
              "Last-Attempt-Date: Fri, 21 Nov 1997 16:55:06 +0000\n");
}

TEST(Report, DelayIsNoFailure) {
    auto report = sample();
    report.recipients[0].action = ReportAction::delayed;
    report.recipients[0].status = {4, 4, 1};
    report.recipients[0].retry_until = report.arrived + std::chrono::hours(120);
    const auto head = format_report(report).head;
    EXPECT_EQ(field(head, "Subject"), "Mail is delayed");
    EXPECT_NE(head.find("Action: delayed\n"), std::string::npos);
    EXPECT_NE(head.find("Will-Retry-Until: Wed, 26 Nov 1997 15:55:06 +0000\n"), std::string::npos);
}

TEST(Report, WholeMessageAndEightBitAreDeclared) {
    auto report = sample();
    report.returned = Report::Returned::whole;
    report.eight_bit = true;
    const auto head = format_report(report).head;
    EXPECT_NE(head.find("Content-Type: message/rfc822\n"), std::string::npos);
    EXPECT_EQ(field(head, "Content-Transfer-Encoding"), "8bit");
    EXPECT_EQ(head.substr(head.size() - 33), "Content-Transfer-Encoding: 8bit\n\n");
}

TEST(Report, APeersTextStaysInItsFieldAndUnderTheLineLimit) {
    auto report = sample();
    report.recipients[0].diagnostic =
        "550 no\r\nFinal-Recipient: rfc822; forged@x\r\n\r\n\xff\x01" + std::string(3000, ' ') + "tail";
    report.recipients[0].final_recipient = "a\nb@x.test";
    const auto head = format_report(report).head;
    EXPECT_EQ(head.find("\nFinal-Recipient: rfc822; forged"), std::string::npos);
    EXPECT_NE(head.find("Final-Recipient: rfc822; a b@x.test\n"), std::string::npos);
    for (const auto line : split(head, '\n')) EXPECT_LE(line.size(), 998u);
    for (const char c : head) EXPECT_TRUE(c == '\n' || c == '\t' || !is_control(c));
}

/// The part for people, its header and its text as it is read.
std::pair<std::string, std::string> human_part(const std::string& head) {
    const auto begin = head.find("\n--=_report_") + 1;
    const auto part = head.substr(head.find('\n', begin) + 1);
    const auto blank = part.find("\n\n");
    return {part.substr(0, blank + 1), part.substr(blank + 2, part.find("\n\n--=_report_") - blank - 1)};
}

TEST(Report, ThePartForPeopleNamesEachWithTheReason) {
    auto report = sample();
    auto remote = failed_recipient();
    remote.final_recipient = "bob@y.test";
    remote.remote_mta = "mx.y.test";
    remote.diagnostic = "550 5.1.1 unknown\n550 5.1.1 really";
    remote.transcript = ">>> RCPT TO:<bob@y.test>\n<<< 550-5.1.1 unknown\n<<< 550 5.1.1 really\n";
    report.recipients.push_back(remote);
    auto waits = failed_recipient();
    waits.final_recipient = "cleo@z.test";
    waits.action = ReportAction::delayed;
    waits.diagnostic = "";
    report.recipients.push_back(waits);
    const auto [header, text] = human_part(format_report(report).head);
    EXPECT_EQ(header,
              "Content-Type: text/plain; charset=us-ascii\nContent-Description: Notification\nContent-Language: en\n");
    EXPECT_EQ(text,
              "This is the mail service at mail.test.\n\n"
              "Your message (0123456789ABC) of Fri, 21 Nov 1997 15:55:06 +0000\n\n"
              "could not be delivered, and will not be tried again:\n\n"
              "  <nobody@x.test>\n    No such user here\n\n"
              "  <bob@y.test>\n    mx.y.test said: 550 5.1.1 unknown 550 5.1.1 really\n"
              "      >>> RCPT TO:<bob@y.test>\n      <<< 550-5.1.1 unknown\n      <<< 550 5.1.1 really\n\n"
              "is not delivered yet; we keep trying, and you need do nothing:\n\n"
              "  <cleo@z.test>\n\n"
              "The header of your message is attached.\n");
}

ReportWords german() {
    return {"de", "Nicht zugestellt: {id} \xC2\xBB\xC3\xBC\xC2\xAB", "{host} antwortete: {reply}",
            "Gr\xC3\xBC\xC3\x9F"
            "e an {sender} von {hostname}\n\nnicht zugestellt:\n{failed}\n\nNachricht:{message-attached}\n"};
}

TEST(Report, OtherWordsAreUtf8ThatAnyHostTakes) {  // RFC 2045 §6.7, 2047 §5, 3282
    auto report = sample();
    const auto words = german();
    report.words = &words;
    report.recipients[0].remote_mta = "mx.x.test";
    const auto head = format_report(report).head;
    for (const char c : head) ASSERT_LT(static_cast<unsigned char>(c), 0x80);
    const auto found = find_field(head, "Subject");
    ASSERT_TRUE(found);
    EXPECT_EQ(decode_words(found->value), "Nicht zugestellt: 0123456789ABC \xC2\xBB\xC3\xBC\xC2\xAB");
    const auto [header, text] = human_part(head);
    EXPECT_EQ(header,
              "Content-Type: text/plain; charset=utf-8\nContent-Description: Notification\nContent-Language: de\n"
              "Content-Transfer-Encoding: quoted-printable\n");
    EXPECT_EQ(text,
              "Gr=C3=BC=C3=9Fe an alice@elsewhere.test von mail.test\n\nnicht zugestellt:\n\n"
              "  <nobody@x.test>\n    mx.x.test antwortete: No such user here\n");
    EXPECT_EQ(field(head, "Content-Transfer-Encoding"), "(none)");
    EXPECT_NE(head.find("\nReporting-MTA: dns; mail.test\n"), std::string::npos) << "for programs nothing changes";
    report.international = true;
    EXPECT_NE(human_part(format_report(report).head).first.find("Content-Transfer-Encoding: 8bit\n"),
              std::string::npos);
}

TEST(Report, WhatTheWordsHaveNoPlaceForIsToldInTheBuiltInOnes) {
    auto report = sample();
    const auto words = german();
    report.words = &words;
    report.recipients.push_back(failed_recipient());
    report.recipients.back().action = ReportAction::delayed;
    const auto head = format_report(report).head;
    EXPECT_EQ(field(head, "Subject"), "Mail could not be delivered");
    EXPECT_NE(human_part(head).first.find("Content-Language: en\n"), std::string::npos);
}

TEST(Report, AReplyInAPlaceholdersFormIsText) {
    auto report = sample();
    report.recipients[0].remote_mta = "mx.x.test";
    report.recipients[0].diagnostic = "550 {id} {host} {{";
    EXPECT_NE(format_report(report).head.find("mx.x.test said: 550 {id} {host} {{\n"), std::string::npos);
}

TEST(Report, NoLineForPeopleIsTooLong) {  // RFC 5322 §2.1.1
    auto report = sample();
    report.recipients[0].diagnostic = "550 " + std::string(1900, 'x');
    report.recipients[0].transcript = "<<< 550 " + std::string(1900, 'x') + "\n";
    for (const auto line : split(human_part(format_report(report).head).second, '\n')) EXPECT_LE(line.size(), 998U);
}

TEST(EncodedWords, AreShortAndCutNoCharacter) {  // RFC 2047 §2, §5
    EXPECT_EQ(encode_words("plain =?text?="), "plain =?text?=");
    EXPECT_EQ(encode_words(""), "");
    EXPECT_EQ(encode_words("\xC3\xBC"), "=?utf-8?B?w7w=?=");
    std::string text;
    for (int i = 0; i < 100; ++i) text += i % 3 == 0 ? "a" : i % 3 == 1 ? "\xE9\x82\xAE" : "\xF0\x9F\x93\xAC";
    const auto encoded = encode_words(text);
    EXPECT_EQ(decode_words(encoded), text);
    for (const auto word : split(encoded, '\n')) {
        EXPECT_LE(word.size(), 76U);
        EXPECT_EQ(decode_words(word).find("\xEF\xBF\xBD"), std::string::npos) << "a whole number of characters";
    }
}

TEST(Report, AnAddressInAsciiFieldsIsInXtext) {  // RFC 6533 §3
    auto report = sample();
    report.recipients[0].final_recipient = "a+b=c\\\xE9\x82\xAE\xF0\x9F\x93\xAC@x.test";
    report.recipients[0].original_recipient = "utf-8;\xC3\xA4@x.test";
    const auto head = format_report(report).head;
    EXPECT_NE(head.find("\nFinal-Recipient: utf-8; a\\x{2B}b\\x{3D}c\\x{5C}\\x{90AE}\\x{1F4EC}@x.test\n"),
              std::string::npos)
        << head;
    EXPECT_NE(head.find("\nOriginal-Recipient: utf-8;\\x{E4}@x.test\n"), std::string::npos) << head;
    report.recipients[0].final_recipient = "half\xC3@x.test";
    report.recipients[0].original_recipient = "a+b=c@x.test";
    const auto half = format_report(report).head;
    EXPECT_NE(half.find("\nFinal-Recipient: utf-8; half?@x.test\n"), std::string::npos) << half;
    EXPECT_NE(half.find("\nOriginal-Recipient: a+b=c@x.test\n"), std::string::npos) << "it is not ours to change";
}

}  // namespace
}  // namespace md::mail
