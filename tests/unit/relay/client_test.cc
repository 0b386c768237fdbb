// tests/unit/relay/client_test.cc - relay/client.h and relay/transaction.h: one message at a time, by SMTP

#include "relay/client.h"

#include <gtest/gtest.h>
#include <sys/uio.h>

#include "base/forwarding_files.h"
#include "unit/relay/scripted_server.h"

namespace md::relay {
namespace {

using namespace std::chrono_literals;
using test::hello;
using test::Script;

const Script kMail{"C: MAIL FROM:<a@client.test>", "S: 250 2.1.0 ok"};
const Script kRcpt{"C: RCPT TO:<b@mx.test>", "S: 250 2.1.5 ok"};
const Script kData{"C: DATA", "S: 354 go", "DATA"};
const Script kTaken{"S: 250 2.6.0 queued"};
const Script kReset{"C: RSET", "S: 250 ok"};
const Script kQuit{"C: QUIT", "S: 221 bye"};
const Script kGroup{"C: MAIL FROM:<a@client.test>", "C: RCPT TO:<b@mx.test>", "C: DATA"};

class RelayClient : public test::RelayTest {
  protected:
    [[nodiscard]] std::string reply() const { return outcomes_.front().reply; }
    [[nodiscard]] std::string transcript() const { return outcomes_.front().transcript; }
};

TEST_F(RelayClient, OneCommandAfterTheOther) {
    play(hello() + kMail + kRcpt + kData + kTaken + kQuit);
    EXPECT_EQ(said(), "delivered 2.6.0");
    EXPECT_EQ(outcomes_.front().number, 10u);
    EXPECT_EQ(reply(), "250 2.6.0 queued");
    EXPECT_EQ(transcript(), ">>> .\n<<< 250 2.6.0 queued\n");
    EXPECT_EQ(peer_->message, "Subject: x\r\n\r\nbody\r\n.\r\n");
    EXPECT_TRUE(usable_);
}

TEST_F(RelayClient, AllAtOnceWherePipeliningIsOffered) {
    play(hello({"PIPELINING"}) + kGroup + Script{"S: 250 ok\r\n250 ok\r\n354 go", "DATA"} + kTaken + kQuit);
    EXPECT_EQ(said(), "delivered 2.6.0");
}

TEST_F(RelayClient, RepliesThatTrickle) {
    play(hello({"PIPELINING"}) + kGroup +
         Script{"TRICKLE 250 ok", "TRICKLE 250-o", "TRICKLE 250 k", "TRICKLE 354 go", "DATA", "TRICKLE 250 ok"} +
         kQuit);
    EXPECT_EQ(said(), "delivered 2.0.0");
}

TEST_F(RelayClient, TwoMessagesOverOneConnection) {
    play(hello() + kMail + kRcpt + kData + kTaken + kMail + kRcpt + kData + Script{"S: 250 second"} + kQuit, 2);
    EXPECT_EQ(said(), "delivered 2.0.0");
}

TEST_F(RelayClient, DotsEmptyMessagesAndBareCrs) {
    set_message("Return-Path: <a>\n.\n..a\nx\ry");
    cargo_.relay_from = 17;
    play(hello() + kMail + kRcpt + kData + kTaken + kQuit);
    EXPECT_EQ(peer_->message, "..\r\n...a\r\nx\r\ny\r\n.\r\n");
    set_message("");
    cargo_.relay_from = 0;
    play(hello() + kMail + kRcpt + kData + kTaken + kQuit);
    EXPECT_EQ(peer_->message, ".\r\n");
    EXPECT_EQ(said(), "delivered 2.6.0");
}

TEST_F(RelayClient, ALargeMessageInPieces) {
    std::string text;
    std::string wire;
    for (int i = 0; i < 20'000; ++i) {
        const auto line = std::string(static_cast<std::size_t>(i % 70), 'x');
        text += line + "\n";
        wire += line + "\r\n";
    }
    set_message(text);
    play(hello({"SIZE 10000000"}) +
         Script{"C: MAIL FROM:<a@client.test> SIZE=" + std::to_string(wire.size()), "S: 250 ok"} + kRcpt + kData +
         kTaken + kQuit);
    EXPECT_EQ(said(), "delivered 2.6.0");
    EXPECT_TRUE(peer_->message == wire + ".\r\n");
}

/// Ends after so many reads.
class EndingFile final : public ForwardingFile {
  public:
    EndingFile(std::unique_ptr<File> below, int reads) : ForwardingFile(std::move(below)), reads_(reads) {}

    std::size_t read_at(std::uint64_t offset, char* to, std::size_t size) const override {
        return reads_-- > 0 ? ForwardingFile::read_at(offset, to, size) : 0;
    }

  private:
    mutable int reads_;
};

TEST_F(RelayClient, AMessageThatCannotBeReadIsNeverEnded) {
    set_message(std::string(100'000, 'x') + "\n");  // four pieces, read twice
    for (const auto& [reads, script] :
         {std::pair(0, hello() + Script{"SILENCE"}), std::pair(3, hello() + Script{"SILENCE"}),
          std::pair(6, hello() + kMail + kRcpt + Script{"C: DATA", "S: 354 go", "SILENCE"}),
          std::pair(7, hello() + kMail + kRcpt + Script{"C: DATA", "S: 354 go", "SILENCE"})}) {
        const EndingFile file(real_files().open(directory_ / "message", OpenMode::read), reads);
        cargo_.message = &file;
        machine_failed_ = false;
        play(script);
        EXPECT_TRUE(machine_failed_) << reads;
        EXPECT_FALSE(usable_);
        EXPECT_FALSE(peer_->message.ends_with(".\r\n")) << "and no QUIT";
        EXPECT_EQ(peer_->message.find_first_not_of("x\r\n"), std::string::npos);
    }
}

/// Read by the pool alone: fails.
class UnreadableFile final : public ForwardingFile {
  public:
    using ForwardingFile::ForwardingFile;

    std::size_t read_at(std::uint64_t, char*, std::size_t) const override { throw SystemError("read", "x", EIO); }
};

TEST_F(RelayClient, WhatIsInMemoryIsReadAtOnce) {
    const auto real = real_files().open(directory_ / "message", OpenMode::read);
    char octet = 0;
    ASSERT_EQ(real->read_at(0, &octet, 1), 1U);  // it is in memory now
    iovec piece{&octet, 1};
    if (::preadv2(real->descriptor(), &piece, 1, 0, RWF_NOWAIT) != 1) GTEST_SKIP() << "not with this file system";
    const UnreadableFile file(real_files().open(directory_ / "message", OpenMode::read));
    cargo_.message = &file;
    cargo_.descriptor = real->descriptor();
    play(hello() + kMail + kRcpt + kData + kTaken + kQuit);
    EXPECT_EQ(said(), "delivered 2.6.0");
    cargo_.size += 1;  // than the file has
    play(hello() + Script{"SILENCE"});
    EXPECT_TRUE(machine_failed_) << "what is missing is for the pool to say";
    cargo_.descriptor = -1;
}

TEST_F(RelayClient, MailRefused) {
    play(hello() + Script{"C: MAIL FROM:<a@client.test>", "S: 550 5.7.1 not you"} + kQuit);
    EXPECT_EQ(said(), "failed 5.7.1");
    EXPECT_EQ(transcript(), ">>> MAIL FROM:<a@client.test>\n<<< 550 5.7.1 not you\n");
    EXPECT_TRUE(usable_);
    play(hello({"PIPELINING"}) + kGroup + Script{"S: 452 4.3.1 full", "S: 503 no MAIL", "S: 503 no MAIL"} + kQuit);
    EXPECT_EQ(said(), "deferred 4.3.1 host") << "the state of the whole system (RFC 3463 §3.4)";
    play(hello() + Script{"C: MAIL FROM:<a@client.test>", "S: 451 4.7.1 greylisted"} + kQuit);
    EXPECT_EQ(said(), "deferred 4.7.1");
}

TEST_F(RelayClient, MailRefusedIsSaidOnceForAll) {
    set_recipients({"b@mx.test", "c@mx.test"});
    play(hello({"LIMITS RCPTMAX=1"}) + Script{"C: MAIL FROM:<a@client.test>", "S: 550 5.7.1 not you"} + kQuit);
    EXPECT_EQ(said(), "failed 5.7.1, failed 5.7.1");
}

TEST_F(RelayClient, EachRecipientHasItsOutcome) {
    set_recipients({"b@mx.test", "c@mx.test", "d@mx.test"});
    const Script answers{"S: 250 ok", "C: RCPT TO:<c@mx.test>", "S: 550 5.1.1 no such user", "C: RCPT TO:<d@mx.test>",
                         "S: 450 4.2.1 later"};
    play(hello() + kMail + Script{"C: RCPT TO:<b@mx.test>"} + answers + kData + kTaken + kQuit);
    EXPECT_EQ(said(), "delivered 2.6.0, failed 5.1.1, deferred 4.2.1");
    EXPECT_EQ(outcomes_[1].transcript, ">>> RCPT TO:<c@mx.test>\n<<< 550 5.1.1 no such user\n");
    EXPECT_EQ(outcomes_[2].number, 12u);
}

TEST_F(RelayClient, NobodyIsTaken) {
    const Script refused{"C: RCPT TO:<b@mx.test>", "S: 550 5.1.1 no"};
    play(hello() + kMail + refused + kReset + kMail + kRcpt + kData + kTaken + kQuit, 2);
    EXPECT_EQ(said(), "delivered 2.6.0") << "after RSET";
    play(hello({"PIPELINING"}) + kGroup + Script{"S: 250 ok", "S: 550 5.1.1 no", "S: 554 no valid recipients"} +
             kReset + kGroup + Script{"S: 250 ok", "S: 550 5.1.1 no", "S: 503 no"} + kQuit,
         2);
    EXPECT_EQ(said(), "failed 5.1.1");
}

TEST_F(RelayClient, WhoWantsAMessageForNobodyGetsAnEmptyOne) {  // RFC 2920 §3.1
    for (const auto* answer : {"S: 554 no valid recipients", "S: 250 taken all the same"}) {
        play(hello({"PIPELINING"}) + kGroup + Script{"S: 250 ok", "S: 550 5.1.1 no", "S: 354 go", "C: .", answer} +
             kQuit);
        EXPECT_EQ(said(), "failed 5.1.1");
        EXPECT_EQ(peer_->message, "");
        EXPECT_TRUE(usable_);
    }
    play(hello({"PIPELINING"}) + kGroup + Script{"S: 550 5.7.1 no", "S: 250 ok", "S: 354 go", "C: .", "S: 250 ok"} +
         kQuit);
    EXPECT_EQ(said(), "failed 5.7.1") << "MAIL was refused";
}

TEST_F(RelayClient, DataRefused) {
    play(hello() + kMail + kRcpt + Script{"C: DATA", "S: 451 4.3.0 not now"} + kReset + kMail + kRcpt +
             Script{"C: DATA", "S: 554 5.6.0 never"} + kQuit,
         2);
    EXPECT_EQ(said(), "failed 5.6.0");
    EXPECT_EQ(transcript(), ">>> DATA\n<<< 554 5.6.0 never\n");
}

TEST_F(RelayClient, TheMessageIsRefused) {
    play(hello() + kMail + kRcpt + kData + Script{"S: 554 5.7.1 spam"} + kMail + kRcpt + kData + kTaken + kQuit, 2);
    EXPECT_EQ(said(), "delivered 2.6.0") << "no RSET is needed";
    play(hello() + kMail + kRcpt + kData + Script{"S: 451 4.7.1 wait"} + kQuit);
    EXPECT_EQ(said(), "deferred 4.7.1");
}

TEST_F(RelayClient, TooManyRecipientsComeInTheNextTransaction) {  // RFC 5321 §4.5.3.1.10
    set_recipients({"b@mx.test", "c@mx.test", "d@mx.test"});
    for (const auto* limit : {"S: 452 too many", "S: 552 too many", "S: 452 4.5.3 too many", "S: 552 5.5.3 too many"}) {
        play(hello() + kMail + kRcpt + Script{"C: RCPT TO:<c@mx.test>", "S: 250 ok", "C: RCPT TO:<d@mx.test>", limit} +
             kData + kTaken + kMail + Script{"C: RCPT TO:<d@mx.test>", "S: 550 5.1.1 no"} + kQuit);
        EXPECT_EQ(said(), "delivered 2.6.0, delivered 2.6.0, failed 5.1.1") << limit;
    }
}

TEST_F(RelayClient, WhoIsToComeAgainCannotHaveTheMessage) {
    set_recipients({"b@mx.test", "c@mx.test"});
    play(hello() + kMail + kRcpt + Script{"C: RCPT TO:<c@mx.test>", "S: 452 4.5.3 too many"} + kData + Script{"CLOSE"});
    EXPECT_EQ(said(), "deferred 4.4.2 host uncertain, deferred 4.4.2 untried");
}

TEST_F(RelayClient, AFullMailboxIsNoLimitOfRecipients) {
    set_recipients({"b@mx.test", "c@mx.test", "d@mx.test"});
    play(hello() + kMail + kRcpt +
         Script{"C: RCPT TO:<c@mx.test>", "S: 452 4.2.2 full", "C: RCPT TO:<d@mx.test>", "S: 552 5.2.2 full"} + kData +
         kTaken + kQuit);
    EXPECT_EQ(said(), "delivered 2.6.0, deferred 4.2.2, failed 5.2.2");
    set_recipients({"b@mx.test"});
    play(hello() + kMail + Script{"C: RCPT TO:<b@mx.test>", "S: 452 too many"} + kQuit);
    EXPECT_EQ(said(), "deferred 4.0.0") << "the first is one too many";
}

TEST_F(RelayClient, TooManyForTheFirstOfATransactionIsTooManyForTheSession) {
    set_recipients({"b@mx.test", "c@mx.test"});
    const Script too_many{"C: RCPT TO:<c@mx.test>", "S: 452 4.5.3 too many"};
    play(hello() + kMail + kRcpt + too_many + kData + kTaken + kMail + too_many + kQuit);
    EXPECT_EQ(said(), "delivered 2.6.0, deferred 4.5.3 untried");
}

TEST_F(RelayClient, AsManyAsWereTakenAreNamedInTheNext) {
    set_recipients({"b@mx.test", "c@mx.test", "d@mx.test"});
    const Script third{"C: RCPT TO:<d@mx.test>", "S: 250 ok"};
    play(hello() + kMail + kRcpt +
         Script{"C: RCPT TO:<c@mx.test>", "S: 452 4.5.3 too many", "C: RCPT TO:<d@mx.test>", "S: 452 4.5.3 too many"} +
         kData + kTaken + kMail + Script{"C: RCPT TO:<c@mx.test>", "S: 250 ok"} + kData + kTaken + kMail + third +
         kData + kTaken + kQuit);
    EXPECT_EQ(said(), "delivered 2.6.0, delivered 2.6.0, delivered 2.6.0");
}

TEST_F(RelayClient, AsManyAsTheAdministratorSays) {
    server_.most_recipients = 1;
    set_recipients({"b@mx.test", "c@mx.test"});
    play(hello() + kMail + kRcpt + kData + kTaken + kMail + Script{"C: RCPT TO:<c@mx.test>", "S: 250 ok"} + kData +
         kTaken + kQuit);
    EXPECT_EQ(said(), "delivered 2.6.0, delivered 2.6.0");
}

TEST_F(RelayClient, DomainsOfASession) {  // RFC 9422 §4.3
    set_recipients({"b@mx.test", "c@two.test", "d@MX.test", "e@three.test"});
    play(hello({"LIMITS RCPTDOMAINMAX=2"}) + kMail + kRcpt +
         Script{"C: RCPT TO:<c@two.test>", "S: 250 ok", "C: RCPT TO:<d@MX.test>", "S: 250 ok"} + kData + kTaken +
         kQuit);
    EXPECT_EQ(said(), "delivered 2.6.0, delivered 2.6.0, delivered 2.6.0, deferred 4.4.2 untried");
    EXPECT_TRUE(usable_) << "for others";
}

TEST_F(RelayClient, AHundredRecipientsATransaction) {
    std::vector<std::string> addresses;
    Script first;
    Script second;
    for (int i = 0; i < 130; ++i) {
        addresses.push_back("r" + std::to_string(i) + "@mx.test");
        auto& script = i < 100 ? first : second;
        script.push_back("C: RCPT TO:<" + addresses.back() + ">");
        script.emplace_back("S: 250 ok");
    }
    set_recipients(addresses);
    play(hello({"PIPELINING"}) + kMail + first + kData + kTaken + kMail + second + kData + kTaken + kQuit);
    EXPECT_EQ(outcomes_.size(), 130u);
    for (const auto& outcome : outcomes_) EXPECT_TRUE(outcome.delivered());
}

TEST_F(RelayClient, LimitsThatAreTold) {  // RFC 9422
    set_recipients({"b@mx.test", "c@mx.test", "d@mx.test"});
    play(hello({"LIMITS RCPTMAX=1 MAILMAX=2"}) + kMail + kRcpt + kData + kTaken + kMail +
         Script{"C: RCPT TO:<c@mx.test>", "S: 250 ok"} + kData + kTaken + kQuit);
    EXPECT_EQ(said(), "delivered 2.6.0, delivered 2.6.0, deferred 4.4.2 untried");
    EXPECT_FALSE(usable_);
}

TEST_F(RelayClient, AHeaderInUtf8AtAnyLevelNeedsSmtputf8) {  // RFC 6531 §3.2
    cargo_.smtputf8 = true;
    set_message("Subject: x\n\nk\xc3\xb6rper\n");
    play(hello() + kMail + kRcpt + kData + kTaken + kQuit);
    EXPECT_EQ(said(), "delivered 2.6.0") << "a body needs none";
    set_message("Subject: k\xc3\xb6rper\n\nx\n");
    play(hello() + kQuit);
    EXPECT_EQ(said(), "failed 5.6.7");
    set_message(
        "Subject: x\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\n"
        "Content-Disposition: attachment; filename=k\xc3\xb6rper\n\nx\n--b--\n");
    play(hello() + kQuit);
    EXPECT_EQ(said(), "failed 5.6.7");
    play(hello({"SMTPUTF8"}) + Script{"C: MAIL FROM:<a@client.test> SMTPUTF8", "S: 250 ok"} + kRcpt + kData + kTaken +
         kQuit);
    EXPECT_EQ(said(), "delivered 2.6.0");
    cargo_.smtputf8 = false;
    play(hello() + kMail + kRcpt + kData + kTaken + kQuit);
    EXPECT_EQ(said(), "delivered 2.6.0") << "who did not say that it is one has it sent as it came";
}

TEST_F(RelayClient, RefusalsThatSpeakOfLines) {
    for (const auto& [reply, speaks] :
         {std::pair("S: 500 5.5.2 too long", true),
          std::pair("S: 550 maximum allowed line length is 998 octets, got 1200", true),
          std::pair("S: 554 5.6.0 Lines longer than SMTP limit found", true),
          std::pair("S: 451 4.6.0 a line is too long", false), std::pair("S: 554 5.7.1 spam", false),
          std::pair("S: 250 by this line", false)}) {
        play(hello() + kMail + kRcpt + kData + Script{reply} + kQuit);
        EXPECT_EQ(outcomes_.front().speaks_of_lines, speaks) << reply;
    }
}

TEST_F(RelayClient, WhatIsLackingIsKnownBeforehand) {
    cargo_.reverse_path = "\xc3\xa4@client.test";
    play(hello() + kQuit);
    EXPECT_EQ(said(), "failed 5.6.7");
    cargo_.reverse_path = "a@client.test";
    play(hello({"SIZE 10"}) + kQuit);
    EXPECT_EQ(said(), "failed 5.3.4");
    EXPECT_EQ(reply(), "the message has 20 octets, and the server takes 10");
    set_recipients({"b@mx.test", "\xc3\xa4@mx.test", "x\r\ny"});
    play(hello() + kMail + kRcpt + kData + kTaken + kQuit);
    EXPECT_EQ(said(), "delivered 2.6.0, failed 5.6.7, failed 5.1.3");
}

TEST_F(RelayClient, EightBitMessages) {
    set_message("Subject: x\n\n\xe4\n");
    cargo_.body = smtp::Body::eight_bit_mime;
    play(hello() + kQuit);
    EXPECT_EQ(said(), "failed 5.6.3");
    EXPECT_TRUE(outcomes_.front().needs_seven_bit);
    play(hello({"8BITMIME"}) + Script{"C: MAIL FROM:<a@client.test> BODY=8BITMIME", "S: 250 ok"} + kRcpt + kData +
         kTaken + kQuit);
    EXPECT_EQ(said(), "delivered 2.6.0");
    EXPECT_EQ(peer_->message, "Subject: x\r\n\r\n\xe4\r\n.\r\n");
}

TEST_F(RelayClient, ChunksForEightBitMessages) {  // RFC 3030
    set_message("Subject: x\n\n.\n\xe4\n");
    const Script mail{"C: MAIL FROM:<a@client.test> BODY=8BITMIME", "S: 250 ok"};
    play(hello({"8BITMIME", "CHUNKING"}) + mail + kRcpt + Script{"BDAT"} + kTaken + kQuit);
    EXPECT_EQ(said(), "delivered 2.6.0");
    EXPECT_EQ(peer_->message, "Subject: x\r\n\r\n.\r\n\xe4\r\n");
    play(hello({"8BITMIME", "CHUNKING", "PIPELINING"}) + mail + Script{"C: RCPT TO:<b@mx.test>", "S: 550 5.1.1 no"} +
             kReset + mail + kRcpt + Script{"BDAT", "S: 554 5.7.1 spam"} + kReset + mail + kRcpt + Script{"BDAT"} +
             kTaken + kQuit,
         3);
    EXPECT_EQ(said(), "delivered 2.6.0") << "RSET after a BDAT that failed (RFC 3030 §2), none sent for nobody";
}

TEST_F(RelayClient, ChunksByChoice) {
    server_.chunks = true;
    set_message(std::string(100'000, 'x') + "\n");
    play(hello({"CHUNKING"}) + kMail + kRcpt + Script{"BDAT"} + kTaken + kQuit);
    EXPECT_EQ(said(), "delivered 2.6.0");
    EXPECT_EQ(peer_->message.size(), 100'002u);
    play(hello() + kMail + kRcpt + kData + kTaken + kQuit);
    EXPECT_EQ(said(), "delivered 2.6.0") << "not offered";
}

TEST_F(RelayClient, ServiceThatEndsWherever) {  // RFC 5321 §3.8
    const auto closing = Script{"S: 421 4.3.2 going down", "CLOSE"};
    play(hello() + Script{"C: MAIL FROM:<a@client.test>"} + closing);
    EXPECT_EQ(said(), "deferred 4.3.2 host");
    EXPECT_EQ(transcript(), ">>> MAIL FROM:<a@client.test>\n<<< 421 4.3.2 going down\n");
    EXPECT_FALSE(usable_);
    play(hello() + kMail + Script{"C: RCPT TO:<b@mx.test>"} + closing);
    EXPECT_EQ(said(), "deferred 4.3.2 host");
    play(hello() + kMail + kRcpt + Script{"C: DATA"} + closing);
    EXPECT_EQ(said(), "deferred 4.3.2 host");
    play(hello({"PIPELINING"}) + kGroup + Script{"S: 250 ok"} + closing);
    EXPECT_EQ(said(), "deferred 4.3.2 host");
    play(hello() + kMail + kRcpt + kData + closing);
    EXPECT_EQ(said(), "deferred 4.3.2 host uncertain");
}

TEST_F(RelayClient, AConnectionThatIsLostKeepsWhatWasSaid) {
    set_recipients({"b@mx.test", "c@mx.test", "d@mx.test"});
    play(hello() + kMail +
         Script{"C: RCPT TO:<b@mx.test>", "S: 550 5.1.1 no", "C: RCPT TO:<c@mx.test>", "S: 250 ok",
                "C: RCPT TO:<d@mx.test>", "CLOSE"});
    EXPECT_EQ(said(), "failed 5.1.1, deferred 4.4.2 host, deferred 4.4.2 host");
    EXPECT_EQ(outcomes_[1].transcript,
              ">>> RCPT TO:<d@mx.test>\n*** " + server_.unix_path + ": closed the connection\n");
}

TEST_F(RelayClient, NoAnswerToTheEndMayMeanThatItComesTwice) {  // RFC 1047
    play(hello() + kMail + kRcpt + kData + Script{"CLOSE"});
    EXPECT_EQ(said(), "deferred 4.4.2 host uncertain");
    EXPECT_TRUE(reply().ends_with("the message was sent, and no answer came: it may arrive twice")) << reply();
    timeouts_.end = 30ms;
    play(hello() + kMail + kRcpt + kData + Script{"SILENCE"});
    EXPECT_EQ(said(), "deferred 4.4.2 host uncertain");
    server_.chunks = true;
    play(hello({"CHUNKING"}) + kMail + kRcpt + Script{"BDAT", "CLOSE"});
    EXPECT_EQ(said(), "deferred 4.4.2 host uncertain");
}

TEST_F(RelayClient, SilenceEndsByTheTimeouts) {
    timeouts_.mail = 20ms;
    play(hello() + Script{"C: MAIL FROM:<a@client.test>", "SILENCE"});
    EXPECT_EQ(said(), "deferred 4.4.2 host");
    timeouts_.mail = 2s;
    timeouts_.recipient = 20ms;
    play(hello() + kMail + Script{"C: RCPT TO:<b@mx.test>", "SILENCE"});
    EXPECT_EQ(said(), "deferred 4.4.2 host");
    timeouts_.recipient = 2s;
    timeouts_.data = 20ms;
    play(hello() + kMail + kRcpt + Script{"C: DATA", "SILENCE"});
    EXPECT_EQ(said(), "deferred 4.4.2 host");
}

TEST_F(RelayClient, WhoDoesNotReadIsLeft) {
    timeouts_.block = 50ms;
    set_message(std::string(8 << 20, 'x') + "\n");
    play(hello() + kMail + kRcpt + Script{"C: DATA", "S: 354 go", "STALL"});
    EXPECT_EQ(said(), "deferred 4.4.2 host");
}

TEST_F(RelayClient, AnAnswerBeforeTheEndStopsTheMessage) {
    set_message(std::string(8 << 20, 'x') + "\n");
    const auto begun = hello() + kMail + kRcpt + Script{"C: DATA", "S: 354 go", "READ 100000"};
    play(begun + Script{"S: 552 5.3.4 too large", "SILENCE"});
    EXPECT_EQ(said(), "failed 5.3.4");
    EXPECT_FALSE(usable_);
    EXPECT_LT(peer_->message.size(), 8U << 20U);
    play(begun + Script{"S: 421 4.3.2 going", "SILENCE"});
    EXPECT_EQ(said(), "deferred 4.3.2 host");
    play(begun + Script{"S: 250 2.6.0 queued", "SILENCE"});
    EXPECT_EQ(said(), "deferred 4.5.0 host") << "never delivered before the end";
    play(begun + Script{"CLOSE"});
    EXPECT_EQ(said(), "deferred 4.4.2 host");
}

TEST_F(RelayClient, AnAnswerGivenInAdvanceIsNone) {
    play(hello() + kMail + kRcpt + Script{"C: DATA", "S: 354 go\r\n250 2.6.0 queued", "SILENCE"});
    EXPECT_EQ(said(), "deferred 4.5.0 host");
    play(hello() + kMail + kRcpt + Script{"C: DATA", "OCTETS 354 go\r\n250", "STALL", "S:  2.6.0 queued", "SILENCE"});
    EXPECT_EQ(said(), "deferred 4.5.0 host") << "and if it had only begun";
    play(hello() + kMail + Script{"C: RCPT TO:<b@mx.test>", "S: 250 ok\r\n354 go", "SILENCE"});
    EXPECT_EQ(said(), "deferred 4.5.0 host");
}

TEST_F(RelayClient, Nonsense) {
    play(hello() + Script{"C: MAIL FROM:<a@client.test>", "S: what?", "SILENCE"});
    EXPECT_EQ(said(), "deferred 4.5.0 host");
    play(hello() + Script{"C: MAIL FROM:<a@client.test>", "S: 354 go", "SILENCE"});
    EXPECT_EQ(said(), "deferred 4.5.0 host");
    play(hello() + kMail + Script{"C: RCPT TO:<b@mx.test>", "S: 354 go", "SILENCE"});
    EXPECT_EQ(said(), "deferred 4.5.0 host");
    play(hello() + kMail + kRcpt + Script{"C: DATA", "S: 250 ok", "SILENCE"});
    EXPECT_EQ(said(), "deferred 4.5.0 host");
    play(hello() + kMail + kRcpt + kData + Script{"S: 354 go on", "SILENCE"});
    EXPECT_EQ(said(), "deferred 4.5.0 host uncertain");
    play(hello() + kMail + kRcpt + kData + Script{"FLOOD 250-and so on"});
    EXPECT_EQ(said(), "deferred 4.5.0 host uncertain");
}

TEST_F(RelayClient, AConnectionThatWentBetweenTwoMessagesCountsAsNoAttempt) {
    play(hello() + kMail + kRcpt + kData + kTaken + Script{"CLOSE"}, 2);
    EXPECT_EQ(said(), "deferred 4.4.2 host untried");
    play(hello() + kMail + kRcpt + kData + kTaken + Script{"C: MAIL FROM:<a@client.test>", "S: 421 enough"}, 2);
    EXPECT_EQ(said(), "deferred 4.3.2 host untried");
    play(hello() + kMail + Script{"C: RCPT TO:<b@mx.test>", "S: 550 no", "C: RSET", "S: 421 enough"}, 2);
    EXPECT_EQ(said(), "deferred 4.3.2 host untried");
}

TEST_F(RelayClient, ResetBeforeTheConnectionIsKept) {
    resets_ = true;
    play(hello() + kMail + kRcpt + kData + kTaken + kQuit);
    EXPECT_TRUE(reset_) << "nothing is due";
    const Script refused{"C: RCPT TO:<b@mx.test>", "S: 550 5.1.1 no"};
    play(hello() + kMail + refused + kReset + kQuit);
    EXPECT_TRUE(reset_);
    play(hello() + kMail + refused + Script{"C: RSET", "S: 500 what?", "SILENCE"});
    EXPECT_FALSE(reset_);
    EXPECT_FALSE(usable_);
    play(hello() + kMail + kRcpt + kData + kTaken + Script{"CLOSE"});
    EXPECT_FALSE(reset_);
}

TEST_F(RelayClient, QuitWaitsAMoment) {
    const auto before = std::chrono::steady_clock::now();
    play(hello() + kMail + kRcpt + kData + kTaken + Script{"C: QUIT", "SILENCE"});
    EXPECT_EQ(said(), "delivered 2.6.0");
    EXPECT_GE(std::chrono::steady_clock::now() - before, timeouts_.quit);
}

// ---- a reply for each recipient

const Script kTwo{"C: RCPT TO:<b@mx.test>", "S: 250 ok", "C: RCPT TO:<c@mx.test>", "S: 250 ok"};

TEST_F(RelayClient, LmtpAnswersEach) {  // RFC 2033 §4.2
    server_.dialect = smtp::Dialect::lmtp;
    set_recipients({"b@mx.test", "c@mx.test", "d@mx.test"});
    const auto begun =
        hello({"8BITMIME"}, "LHLO") + kMail + kTwo + Script{"C: RCPT TO:<d@mx.test>", "S: 550 5.1.1 no"} + kData;
    play(begun + Script{"S: 250 2.1.5 ok", "S: 452 4.2.2 full"} + kQuit);
    EXPECT_EQ(said(), "delivered 2.1.5, deferred 4.2.2, failed 5.1.1");
    play(begun + Script{"S: 250 2.1.5 ok", "CLOSE"});
    EXPECT_EQ(said(), "delivered 2.1.5, deferred 4.4.2 host uncertain, failed 5.1.1") << "what was said holds";
}

TEST_F(RelayClient, LmtpThatWantsAMessageForNobody) {
    server_.dialect = smtp::Dialect::lmtp;
    play(hello({"PIPELINING"}, "LHLO") + kGroup + Script{"S: 250 ok", "S: 550 5.1.1 no", "S: 354 go", "SILENCE"});
    EXPECT_EQ(said(), "failed 5.1.1");
    EXPECT_FALSE(usable_);
}

TEST_F(RelayClient, PrdrAnswersEachAndAll) {  // draft-hall-prdr-00
    set_recipients({"b@mx.test", "c@mx.test"});
    const auto begun = hello({"PRDR"}) + Script{"C: MAIL FROM:<a@client.test> PRDR", "S: 250 ok"} + kTwo + kData;
    play(begun + Script{"S: 353 each", "S: 250 2.1.5 ok", "S: 550 5.7.1 not wanted", "S: 250 2.6.0 queued"} + kQuit);
    EXPECT_EQ(said(), "delivered 2.1.5, failed 5.7.1");
    play(begun + kTaken + kQuit);
    EXPECT_EQ(said(), "delivered 2.6.0, delivered 2.6.0") << "one for all";
    play(begun + Script{"S: 353 each", "S: 250 2.1.5 ok", "S: 550 5.7.1 no", "S: 451 4.3.0 not stored"} + kQuit);
    EXPECT_EQ(said(), "deferred 4.3.0, failed 5.7.1") << "the last word counts for who was not refused";
    play(begun + Script{"S: 353 each", "S: 250 2.1.5 ok", "CLOSE"});
    EXPECT_EQ(said(), "deferred 4.4.2 host uncertain, deferred 4.4.2 host uncertain");
}

TEST_F(RelayClient, PrdrIsNotAskedForOneRecipient) {
    play(hello({"PRDR"}) + kMail + kRcpt + kData + kTaken + kQuit);
    EXPECT_EQ(said(), "delivered 2.6.0");
    play(hello({"PRDR"}) + kMail + kRcpt + kData + Script{"S: 353 each", "SILENCE"});
    EXPECT_EQ(said(), "deferred 4.5.0 host uncertain");
}

TEST_F(RelayClient, OverTls) {
    play(hello({"STARTTLS"}) + Script{"C: STARTTLS", "S: 220 go", "TLS"} +
         Script{"C: EHLO client.test", "S: 250-mx.test\r\n250 PIPELINING"} + kGroup +
         Script{"S: 250 ok\r\n250 ok\r\n354 go", "DATA"} + kTaken + kQuit);
    EXPECT_EQ(said(), "delivered 2.6.0");
    set_message(std::string(1 << 20, 'x') + "\n");
    play(hello({"STARTTLS"}) + Script{"C: STARTTLS", "S: 220 go", "TLS"} +
         Script{"C: EHLO client.test", "S: 250 mx.test"} + kMail + kRcpt + kData + kTaken + kQuit);
    EXPECT_EQ(said(), "delivered 2.6.0") << "looking for an early answer does no harm";
}

}  // namespace
}  // namespace md::relay
