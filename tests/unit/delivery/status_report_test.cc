// tests/unit/delivery/status_report_test.cc - what a sender is told

#include "delivery/status_report.h"

#include <gtest/gtest.h>

namespace md::delivery {
namespace {

using mail::ReportAction;

ReportRules rules() {
    return {"mail.example.org", false, 1000, std::chrono::hours(24)};
}

StatusReport make(const spool::StoredEnvelope& stored, const std::vector<Reported>& about) {
    return make_status_report(stored, about, rules(), WallTime(std::chrono::seconds(1)));
}

TEST(StatusReport, SaysWhoWasNotReachedAndWhy) {
    spool::StoredEnvelope stored;
    stored.envelope.id = QueueId(9);
    stored.envelope.reverse_path = "alice@example.net";
    stored.envelope.parameters.emplace_back("ENVID", "QQ314159");
    stored.envelope.recipients.emplace_back("bob@example.org");
    auto& carl = stored.envelope.recipients.emplace_back("carl@example.com");
    carl.parameters.emplace_back("ORCPT", "rfc822;c@example.com");
    spool::Progress failed;
    failed.recipient = 1;
    failed.kind = spool::Progress::Kind::failed;
    failed.status = "5.1.1";
    failed.text = "550 no such user";
    stored.progress.push_back(failed);
    const auto report = make(stored, {{1, ReportAction::failed}});
    EXPECT_EQ(report.envelope.reverse_path, "") << "RFC 5321 §4.5.5";
    EXPECT_EQ(report.envelope.id, QueueId(9).child("dsn", 8));
    EXPECT_EQ(report.envelope.recipients.at(0).address, "alice@example.net");
    EXPECT_EQ(report.envelope.client.origin, spool::Origin::made_here);
    for (const auto* part :
         {"Content-Type: multipart/report", "report-type=delivery-status", "Content-Type: message/delivery-status",
          "Reporting-MTA: dns; mail.example.org", "Original-Envelope-Id: QQ314159",
          "Original-Recipient: rfc822;c@example.com", "Final-Recipient: rfc822; carl@example.com", "Action: failed",
          "Status: 5.1.1", "550 no such user"})
        EXPECT_NE(report.head.find(part), std::string::npos) << part << "\n" << report.head;
    EXPECT_EQ(report.head.find("bob@example.org"), std::string::npos);
    EXPECT_EQ(report.head.substr(report.envelope.relay_from, 5), "Date:");
}

spool::StoredEnvelope with_ret(const char* ret, std::uint64_t size = 500) {
    spool::StoredEnvelope stored;
    stored.envelope.id = QueueId(9);
    stored.envelope.reverse_path = "alice@example.net";
    stored.envelope.parameters.emplace_back("RET", ret);
    stored.envelope.recipients.emplace_back("bob@example.org");
    stored.message_size = size;
    return stored;
}

TEST(StatusReport, ReturnsWhatTheSenderWantsBack) {  // RFC 3461 §4.3
    const std::vector<Reported> failed{{0, ReportAction::failed}};
    EXPECT_TRUE(make(with_ret("FULL"), failed).whole);
    EXPECT_NE(make(with_ret("FULL"), failed).head.find("Content-Type: message/rfc822"), std::string::npos);
    EXPECT_FALSE(make(with_ret("HDRS"), failed).whole);
    EXPECT_FALSE(make(with_ret("FULL", 1001), failed).whole) << "too large";
    EXPECT_FALSE(make(with_ret("FULL"), {{0, ReportAction::delivered}}).whole);
    auto silent = with_ret("FULL");
    silent.envelope.parameters.clear();
    EXPECT_FALSE(make(silent, failed).whole);
    auto generous = rules();
    generous.return_message = true;
    EXPECT_TRUE(make_status_report(silent, failed, generous, WallTime()).whole);
    EXPECT_FALSE(make_status_report(with_ret("HDRS"), failed, generous, WallTime()).whole);
}

TEST(StatusReport, NamesTheRecipientThatTheSenderNamed) {
    spool::StoredEnvelope stored;
    stored.envelope.id = QueueId(9);
    stored.envelope.reverse_path = "alice@example.net";
    stored.envelope.parameters.emplace_back("ENVID", "a+2Bb");
    stored.envelope.recipients.emplace_back("sales@example.org");
    auto& target = stored.envelope.recipients.emplace_back("bob@example.org");
    target.of = 0;
    const auto report = make(stored, {{1, ReportAction::delayed}});
    for (const auto* part :
         {"Original-Envelope-Id: a+b\n", "Original-Recipient: rfc822;sales@example.org\n",
          "Final-Recipient: rfc822; bob@example.org\n", "Action: delayed\n", "Status: 4.0.0\n", "Will-Retry-Until: "})
        EXPECT_NE(report.head.find(part), std::string::npos) << part << "\n" << report.head;
}

TEST(StatusReport, OfTheSameThingHasTheSameIdAndOfAnotherAnother) {
    const auto stored = with_ret("HDRS");
    const auto failed = make(stored, {{0, ReportAction::failed}}).envelope.id;
    EXPECT_EQ(make(stored, {{0, ReportAction::failed}}).envelope.id, failed);
    EXPECT_NE(make(stored, {{0, ReportAction::delayed}}).envelope.id, failed);
}

TEST(StatusReport, WithoutTranscriptAndInTheLanguageThatIsSaid) {
    spool::StoredEnvelope stored;
    stored.envelope.id = QueueId(9);
    stored.envelope.reverse_path = "alice@example.net";
    stored.envelope.recipients.emplace_back("bob@example.org");
    spool::Progress failed;
    failed.recipient = 0;
    failed.kind = spool::Progress::Kind::failed;
    failed.status = "5.1.1";
    failed.text = "550 no such user";
    failed.host = "mx.example.org [192.0.2.1]";
    failed.transcript = ">>> RCPT TO:<bob@example.org>\n";
    stored.progress.push_back(failed);
    const std::vector<Reported> about{{0, ReportAction::failed}};
    EXPECT_NE(make(stored, about).head.find(">>> RCPT"), std::string::npos);
    auto others = rules();
    others.transcript = false;
    mail::ReportTexts texts;
    texts.add(mail::ReportKind::failure, {"de", "Nicht zugestellt", "{host}: {reply}", "{failed}\n"});
    others.texts = &texts;
    others.language = "de-AT";
    const auto report = make_status_report(stored, about, others, WallTime());
    EXPECT_EQ(report.head.find(">>> RCPT"), std::string::npos);
    EXPECT_NE(report.head.find("\nSubject: Nicht zugestellt\n"), std::string::npos);
    EXPECT_NE(report.head.find("mx.example.org: 550 no such user\n"), std::string::npos);
    EXPECT_NE(report.head.find("\nRemote-MTA: dns; mx.example.org\nDiagnostic-Code: smtp; 550 no such user\n"),
              std::string::npos);
}

}  // namespace
}  // namespace md::delivery
