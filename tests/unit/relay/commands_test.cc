// tests/unit/relay/commands_test.cc - relay/commands.h, relay/outcome.h

#include "relay/commands.h"

#include <gtest/gtest.h>

namespace md::relay {
namespace {

using smtp::Extension;
using smtp::Offer;

class RelayCommands : public testing::Test {
  protected:
    RelayCommands() {
        cargo_.reverse_path = "a@example.net";
        recipient_.address = "b@example.org";
        measure_.wire_size = 1000;
    }
    [[nodiscard]] std::string mail(bool prdr = false) const { return mail_command(cargo_, measure_, offer_, prdr); }
    [[nodiscard]] std::string lack() const {
        const auto outcome = lack_for_message(cargo_, measure_, offer_);
        if (!outcome) return "";
        EXPECT_EQ(outcome->kind, Outcome::Kind::failed);
        EXPECT_FALSE(outcome->host_fault);
        return outcome->status.text() + (outcome->needs_seven_bit ? " seven-bit" : "");
    }
    [[nodiscard]] std::string lack_of(const std::string& address) const {
        CargoRecipient recipient;
        recipient.address = address;
        const auto outcome = lack_for_recipient(recipient, offer_);
        return outcome ? outcome->status.text() : "";
    }

    Cargo cargo_;
    CargoRecipient recipient_;
    Measure measure_;
    Offer offer_;
};

TEST_F(RelayCommands, OnlyWhatIsOfferedIsSaid) {
    cargo_.parameters = {{"RET", "HDRS"}, {"ENVID", "QQ+3D1"}};
    recipient_.parameters = {{"NOTIFY", "NEVER"}, {"ORCPT", "rfc822;c@example.com"}};
    measure_.eight_bit = true;
    EXPECT_EQ(mail(), "MAIL FROM:<a@example.net>");
    EXPECT_EQ(rcpt_command(recipient_, offer_), "RCPT TO:<b@example.org>");
    for (const auto extension : {Extension::size, Extension::eight_bit_mime, Extension::dsn, Extension::smtputf8})
        offer_.add(extension);
    EXPECT_EQ(mail(true), "MAIL FROM:<a@example.net> SIZE=1000 BODY=8BITMIME PRDR RET=HDRS ENVID=QQ+3D1");
    EXPECT_EQ(rcpt_command(recipient_, offer_), "RCPT TO:<b@example.org> NOTIFY=NEVER ORCPT=rfc822;c@example.com");
    cargo_.smtputf8 = true;
    EXPECT_EQ(mail(), "MAIL FROM:<a@example.net> SIZE=1000 BODY=8BITMIME SMTPUTF8 RET=HDRS ENVID=QQ+3D1");
}

TEST_F(RelayCommands, NullPathAndSevenBits) {
    cargo_.reverse_path.clear();
    cargo_.body = smtp::Body::eight_bit_mime;  // declared, and yet without an 8-bit octet
    offer_.add(Extension::eight_bit_mime);
    EXPECT_EQ(mail(), "MAIL FROM:<>");
    EXPECT_EQ(lack(), "");
}

TEST_F(RelayCommands, NothingLeavesItsPlace) {
    offer_.add(Extension::dsn);
    cargo_.parameters = {{"ENVID", "a b"}, {"RET", "FULL\r\nRSET"}, {"RET", ""}, {"SIZE", "1"}};
    EXPECT_EQ(mail(), "MAIL FROM:<a@example.net>");
    recipient_.parameters = {{"ORCPT", "rfc822;\xc3\xa4@example.com"}, {"NOTIFY", "DELAY"}};
    EXPECT_EQ(rcpt_command(recipient_, offer_), "RCPT TO:<b@example.org> NOTIFY=DELAY") << "no UTF-8 without SMTPUTF8";
    for (const auto* address :
         {"", "b@example.org> SIZE=1", "b@example.org\r\nRSET", "<b@example.org>", "b@", "@c", "b c@example.org"})
        EXPECT_EQ(lack_of(address), "5.1.3") << address;
    for (const auto* address :
         {"b@example.org", "\"b c\"@example.org", "\"b>\"@example.org", "b@[192.0.2.1]", "postmaster"})
        EXPECT_EQ(lack_of(address), "") << address;
    cargo_.reverse_path = "a@example.net>";
    EXPECT_EQ(lack(), "5.1.7");
}

TEST_F(RelayCommands, Size) {  // RFC 1870 §6.1
    offer_.add(Extension::size);
    EXPECT_EQ(lack(), "") << "no limit is told";
    offer_.size_limit = 1000;
    EXPECT_EQ(lack(), "");
    offer_.size_limit = 999;
    EXPECT_EQ(lack(), "5.3.4");
}

TEST_F(RelayCommands, Smtputf8) {  // RFC 6531 §3.2
    EXPECT_EQ(lack_of("j\xc3\xb6rg@example.org"), "5.6.7");
    cargo_.smtputf8 = true;
    EXPECT_EQ(lack(), "") << "said, and not needed: it goes without";
    EXPECT_EQ(mail(), "MAIL FROM:<a@example.net>");
    measure_.utf8_header = true;
    EXPECT_EQ(lack(), "5.6.7");
    cargo_.smtputf8 = measure_.utf8_header = false;
    cargo_.reverse_path = "j\xc3\xb6rg@example.net";
    EXPECT_EQ(lack(), "5.6.7");
    offer_.add(Extension::smtputf8);
    EXPECT_EQ(lack(), "");
    EXPECT_EQ(lack_of("j\xc3\xb6rg@example.org"), "");
    EXPECT_EQ(mail(), "MAIL FROM:<j\xc3\xb6rg@example.net> SMTPUTF8");
    cargo_.reverse_path = "a@example.net";
    recipient_.address = "j\xc3\xb6rg@example.org";
    cargo_.recipients.push_back(recipient_);
    EXPECT_EQ(mail(), "MAIL FROM:<a@example.net> SMTPUTF8") << "for a recipient";
}

TEST_F(RelayCommands, DomainsInAscii) {  // RFC 6531 §3.2: A-labels are not internationalized
    cargo_.reverse_path =
        "a@b\xc3\xbc"
        "cher.example";
    recipient_.address =
        "b@B\xc3\xbc"
        "cher.example";
    cargo_.recipients.push_back(recipient_);
    EXPECT_EQ(lack(), "");
    EXPECT_EQ(lack_of(recipient_.address), "");
    EXPECT_EQ(mail(), "MAIL FROM:<a@xn--bcher-kva.example>");
    EXPECT_EQ(rcpt_command(recipient_, offer_), "RCPT TO:<b@xn--bcher-kva.example>");
    EXPECT_EQ(lack_of("b@\xff.example"), "5.1.3");
    offer_.add(Extension::smtputf8);
    EXPECT_EQ(mail(),
              "MAIL FROM:<a@b\xc3\xbc"
              "cher.example> SMTPUTF8")
        << "as it came to who can take it";
}

TEST_F(RelayCommands, OriginalRecipientsInAscii) {  // RFC 6533 §3
    offer_.add(Extension::dsn);
    recipient_.parameters = {{"ORCPT", "utf-8;j\xc3\xb6rg+2B\xe2\x82\xac\xf0\x9f\x98\x80@example.com"}};
    EXPECT_EQ(rcpt_command(recipient_, offer_),
              "RCPT TO:<b@example.org> ORCPT=utf-8;j\\x{F6}rg+2B\\x{20AC}\\x{1F600}@example.com");
    recipient_.parameters = {{"ORCPT", "utf-8;j\xc3"}};
    EXPECT_EQ(rcpt_command(recipient_, offer_), "RCPT TO:<b@example.org>") << "no UTF-8 at all";
    recipient_.parameters = {{"ORCPT", "UTF-8;a@example.com"}};
    EXPECT_EQ(rcpt_command(recipient_, offer_), "RCPT TO:<b@example.org> ORCPT=UTF-8;a@example.com");
}

TEST_F(RelayCommands, EightBits) {
    measure_.eight_bit = true;
    EXPECT_EQ(lack(), "") << "not declared: sent as it came";
    for (const auto body : {smtp::Body::eight_bit_mime, smtp::Body::binary_mime}) {
        cargo_.body = body;
        EXPECT_EQ(lack(), "5.6.3 seven-bit");
    }
    offer_.add(Extension::eight_bit_mime);
    EXPECT_EQ(lack(), "");
}

smtp::ServerReply reply(int code, std::vector<std::string> lines) {
    smtp::ServerReply reply;
    reply.code = code;
    reply.lines = std::move(lines);
    return reply;
}

TEST(RelayOutcome, StatusIsMadeOfTheCode) {  // RFC 3463
    EXPECT_EQ(outcome_of(reply(250, {"ok"})).status.text(), "2.0.0");
    EXPECT_EQ(outcome_of(reply(450, {"busy"})).status.text(), "4.0.0");
    EXPECT_EQ(outcome_of(reply(421, {"going"})).status.text(), "4.3.2");
    const auto refusal = outcome_of(reply(550, {"no", "and never"}));
    EXPECT_EQ(refusal.status.text(), "5.0.0");
    EXPECT_EQ(refusal.kind, Outcome::Kind::failed);
    EXPECT_EQ(refusal.reply, "550 no and never");
    auto told = reply(550, {"no"});
    told.status = mail::Status{5, 1, 1};
    EXPECT_EQ(outcome_of(told).status.text(), "5.1.1");
}

TEST(RelayOutcome, TheTranscriptIsBounded) {
    EXPECT_EQ(transcript_of("RCPT TO:<x>", reply(550, {"no", "never"})),
              ">>> RCPT TO:<x>\n<<< 550 no\n<<< 550 never\n");
    const auto full = transcript_of("X", reply(550, std::vector<std::string>(100, std::string(100, 'y'))));
    EXPECT_LE(full.size(), kTranscriptLimit);
    EXPECT_GT(full.size(), kTranscriptLimit - 120);
    EXPECT_TRUE(full.ends_with("...\n"));
    EXPECT_LE(transcript_of(std::string(5000, 'x'), reply(550, {"no"})).size(), kTranscriptLimit);
}

}  // namespace
}  // namespace md::relay
