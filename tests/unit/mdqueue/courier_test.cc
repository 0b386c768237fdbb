// tests/unit/mdqueue/courier_test.cc - mdqueue/courier.h: one message and the hosts of its destination

#include "mdqueue/courier.h"

#include "unit/mdqueue/relay_world.h"

namespace md::mdqueue {
namespace {

using test::hello;
using test::kQuit;
using test::Script;
using test::transaction;
using Asked = std::vector<std::string>;

const Script kMail{"C: MAIL FROM:<a@client.test>", "S: 250 2.1.0 ok"};
const Script kReset{"C: RSET", "S: 250 ok"};
const Script kTls{"C: STARTTLS", "S: 220 go", "TLS", "C: EHLO client.test", "S: 250 mx.test"};

class CourierTest : public test::RelayWorld {};

TEST_F(CourierTest, TheFirstHostTakesIt) {
    auto& first = host(10, "a.example", "192.0.2.1", {hello() + transaction() + kQuit});
    host(20, "b.example", "192.0.2.2", {});
    const auto result = play();
    EXPECT_EQ(said(result), "relayed 2.6.0; well");
    EXPECT_EQ(result.ends[0].host, "a.example [192.0.2.1]");
    EXPECT_EQ(result.ends[0].text, "250 2.6.0 queued");
    EXPECT_FALSE(result.ends[0].tells);
    EXPECT_EQ(first.message, "Subject: x\r\n\r\nbody\r\n.\r\n");
    EXPECT_EQ(network_.asked, Asked{"192.0.2.1"});
    EXPECT_EQ(sink_.count(Event::RelayConnected), 1U);
}

TEST_F(CourierTest, ReturnPathStaysHere) {
    set_message("Return-Path: <a@client.test>\nSubject: x\n\nbody\n");
    auto& only = host(10, "a.example", "192.0.2.1", {hello() + transaction() + kQuit});
    auto one = job();
    one.envelope.relay_from = 29;
    EXPECT_EQ(said(play(one)), "relayed 2.6.0; well");
    EXPECT_EQ(only.message, "Subject: x\r\n\r\nbody\r\n.\r\n");
}

TEST_F(CourierTest, AConnectionIsUsedAgain) {
    host(10, "a.example", "192.0.2.1", {hello() + transaction() + transaction("c@example.org") + kQuit});
    const auto results = play({job(), job({"c@example.org"})});
    EXPECT_EQ(said(results[1]), "relayed 2.6.0; well");
    EXPECT_EQ(results[1].ends[0].host, "a.example [192.0.2.1]");
    EXPECT_EQ(network_.asked.size(), 1U);
    EXPECT_EQ(dns_.asked().size(), 3U) << "nor is the DNS";
}

TEST_F(CourierTest, NotForAnotherDestination) {
    host(10, "a.example", "192.0.2.1",
         {hello() + transaction() + kQuit, hello() + transaction("b@example.net") + kQuit});
    dns_.add_mx("example.net", 10, "a.example");
    const auto results = play({job(), job({"b@example.net"})});
    EXPECT_EQ(said(results[1]), "relayed 2.6.0; well");
    EXPECT_EQ(network_.asked.size(), 2U);
}

TEST_F(CourierTest, NotWhereReuseIsOff) {
    configure("reuse = \"0s\"\n");
    host(10, "a.example", "192.0.2.1", {hello() + transaction() + kQuit, hello() + transaction() + kQuit});
    EXPECT_EQ(said(play({job(), job()})[1]), "relayed 2.6.0; well");
}

TEST_F(CourierTest, WhatDidNotEndByItselfIsResetBeforeItWaits) {
    host(10, "a.example", "192.0.2.1",
         {hello() + kMail + Script{"C: RCPT TO:<b@example.org>", "S: 550 5.1.1 unknown"} + kReset + transaction() +
          kQuit});
    const auto results = play({job(), job()});
    EXPECT_EQ(said(results[0]), "failed 5.1.1; well");
    EXPECT_EQ(said(results[1]), "relayed 2.6.0; well");
}

TEST_F(CourierTest, AKeptConnectionThatHasGoneIsNoAttempt) {
    host(10, "a.example", "192.0.2.1", {hello() + transaction() + Script{"CLOSE"}, hello() + transaction() + kQuit});
    const auto results = play({job(), job()});
    EXPECT_EQ(said(results[1]), "relayed 2.6.0; well");
}

TEST_F(CourierTest, AKeptConnectionThatHasHadEnoughIsNone) {
    host(10, "a.example", "192.0.2.1",
         {hello() + transaction() + Script{"C: MAIL FROM:<a@client.test>", "S: 421 4.7.0 enough", "CLOSE"},
          hello() + transaction() + kQuit});
    EXPECT_EQ(said(play({job(), job()})[1]), "relayed 2.6.0; well");
}

TEST_F(CourierTest, TheNextHostAfterTrouble) {
    const std::vector<Script> troubles{
        {"S: 421 4.3.2 busy", "CLOSE"},
        {"S: 554 5.3.2 no mail here", "C: QUIT", "S: 221 bye"},
        {"S: nonsense", "CLOSE"},
        {"CLOSE"},
        hello() + Script{"C: MAIL FROM:<a@client.test>", "S: 421 4.3.2 going", "CLOSE"},
        hello() + Script{"C: MAIL FROM:<a@client.test>", "S: 250 ok", "C: RCPT TO:<b@example.org>", "CLOSE"},
        hello() + kMail + Script{"C: RCPT TO:<b@example.org>", "S: 250 ok", "C: DATA", "CLOSE"},
    };
    for (const auto& trouble : troubles) {
        memory_ = HostMemory(HostMemory::Rules());
        host(10, "a.example", "192.0.2.1", {trouble});
        host(20, "b.example", "192.0.2.2", {hello() + transaction() + kQuit});
        const auto result = play();
        EXPECT_EQ(said(result), "relayed 2.6.0; well") << trouble.back();
        EXPECT_EQ(result.ends[0].host, "b.example [192.0.2.2]");
    }
}

TEST_F(CourierTest, ARefusalIsAnAnswer) {
    host(10, "a.example", "192.0.2.1",
         {hello() + kMail + Script{"C: RCPT TO:<b@example.org>", "S: 550 5.1.1 unknown"} + kReset + kQuit});
    host(20, "b.example", "192.0.2.2", {});
    const auto result = play();
    EXPECT_EQ(said(result), "failed 5.1.1; well");
    EXPECT_EQ(result.ends[0].transcript, ">>> RCPT TO:<b@example.org>\n<<< 550 5.1.1 unknown\n");
    EXPECT_EQ(network_.asked, Asked{"192.0.2.1"});
}

TEST_F(CourierTest, SoIsOneForNow) {
    host(10, "a.example", "192.0.2.1",
         {hello() + kMail + Script{"C: RCPT TO:<b@example.org>", "S: 450 4.2.1 later"} + kReset + kQuit});
    host(20, "b.example", "192.0.2.2", {});
    EXPECT_EQ(said(play()), "deferred 4.2.1; well");
}

TEST_F(CourierTest, NoMailIsFinalIfAllHostsSayIt) {  // RFC 7504 §3
    const Script no_mail{"S: 554 5.3.2 no mail here", "C: QUIT", "S: 221 bye"};
    host(10, "a.example", "192.0.2.1", {no_mail});
    host(20, "b.example", "192.0.2.2", {no_mail});
    EXPECT_EQ(said(play()), "failed 5.3.2; trouble");
    host(10, "a.example", "192.0.2.1", {});
    host(20, "b.example", "192.0.2.2", {no_mail});
    EXPECT_EQ(said(play()), "deferred 4.3.2; trouble");
}

TEST_F(CourierTest, WhatAHostHasTakenIsToldBeforeTheNextIsAsked) {
    host(10, "a.example", "192.0.2.1",
         {hello({"PIPELINING"}) + Script{"C: MAIL FROM:<a@client.test>", "C: RCPT TO:<b@example.org>",
                                         "C: RCPT TO:<c@example.org>", "C: DATA",
                                         "S: 250 ok\r\n250 ok\r\n452 4.5.3 too many\r\n354 go", "DATA",
                                         "S: 250 2.6.0 ok", "C: MAIL FROM:<a@client.test>", "CLOSE"}});
    host(20, "b.example", "192.0.2.2", {});
    const auto result = play(job({"b@example.org", "c@example.org"}));
    EXPECT_EQ(said(result), "relayed 2.6.0, again; well");
    EXPECT_EQ(network_.asked, Asked{"192.0.2.1"});
}

TEST_F(CourierTest, WhatASessionTakesNoMoreOfComesAgain) {  // RFC 9422
    const Script offer = hello({"LIMITS MAILMAX=1 RCPTMAX=1"});
    host(10, "a.example", "192.0.2.1", {offer + transaction() + kQuit});
    host(20, "b.example", "192.0.2.2", {});
    EXPECT_EQ(said(play(job({"b@example.org", "c@example.org"}))), "relayed 2.6.0, again; well");
    host(10, "a.example", "192.0.2.1",
         {offer + kMail + Script{"C: RCPT TO:<b@example.org>", "S: 550 5.1.1 unknown"} + kQuit});
    EXPECT_EQ(said(play(job({"b@example.org", "c@example.org"}))), "failed 5.1.1, again; well")
        << "a refusal is an end, too: the next host is no better";
    EXPECT_EQ(network_.asked, (Asked{"192.0.2.1", "192.0.2.1"}));
}

TEST_F(CourierTest, WhatAKeptSessionTakesNoMoreOfGoesOverANewOne) {
    const Script offer = hello({"LIMITS RCPTDOMAINMAX=1"});
    configure("[[route]]\ndomain = \"*\"\nto = \"smtp:[smart.example]\"\n");
    address_of("smart.example", "192.0.2.1",
               {offer + transaction() + kQuit, offer + transaction("b@example.net") + kQuit});
    for (const auto& result : play({job(), job({"b@example.net"})})) EXPECT_EQ(said(result), "relayed 2.6.0; well");
}

TEST_F(CourierTest, AChildThatIsToEndAsksNoFurtherHost) {
    host(10, "a.example", "192.0.2.1", {});
    host(20, "b.example", "192.0.2.2", {});
    ending_ = true;
    EXPECT_EQ(said(play()), "again; nothing");
    EXPECT_EQ(network_.asked, Asked{});
}

TEST_F(CourierTest, NoAnswerToTheEndIsNotTriedElsewhere) {  // RFC 1047
    auto silent = transaction();
    silent.back() = "CLOSE";
    host(10, "a.example", "192.0.2.1", {hello() + silent});
    host(20, "b.example", "192.0.2.2", {});
    EXPECT_EQ(said(play()), "deferred 4.4.2; trouble");
    EXPECT_EQ(network_.asked, Asked{"192.0.2.1"});
}

TEST_F(CourierTest, FiveHostsAreEnough) {
    for (int i = 0; i < 7; ++i)
        host(static_cast<std::uint16_t>(i), "mx" + std::to_string(i) + ".example", "192.0.2." + std::to_string(i), {});
    const auto result = play();
    EXPECT_EQ(said(result), "deferred 4.4.1; trouble");
    EXPECT_NE(result.reason.find("refused"), std::string::npos);
    EXPECT_EQ(network_.asked.size(), Courier::kMostHosts);
}

TEST_F(CourierTest, NoHostsAtAll) {
    EXPECT_EQ(said(play(job({"b@nowhere.example"}))), "failed 5.1.2; nothing");
    dns_.break_at("example.org", dns::Type::mx, dns::Trouble::server_failed);
    EXPECT_EQ(said(play()), "deferred 4.4.3; trouble");
}

TEST_F(CourierTest, TlsWhereItIsOffered) {
    host(10, "a.example", "192.0.2.1", {hello({"STARTTLS"}) + kTls + transaction() + kQuit});
    EXPECT_EQ(said(play()), "relayed 2.6.0; well");
}

TEST_F(CourierTest, WithoutWhereItFails) {  // RFC 7435
    host(10, "a.example", "192.0.2.1",
         {hello({"STARTTLS"}) + Script{"C: STARTTLS", "S: 220 go", "OCTETS no TLS at all", "CLOSE"},
          hello({"STARTTLS"}) + transaction() + kQuit});
    EXPECT_EQ(said(play()), "relayed 2.6.0; well");
    EXPECT_EQ(sink_.count(Event::RelayTlsFailed), 1U);
}

TEST_F(CourierTest, AHandshakeThatFailsIsNotTriedAgainForATime) {
    const Script fails = hello({"STARTTLS"}) + Script{"C: STARTTLS", "S: 220 go", "OCTETS no TLS at all", "CLOSE"};
    const Script without = hello({"STARTTLS"}) + transaction() + kQuit;
    configure("reuse = \"0s\"\n");
    host(10, "a.example", "192.0.2.1",
         {fails, without, without, hello({"STARTTLS"}) + kTls + transaction() + kQuit,
          hello({"STARTTLS"}) + kTls + transaction() + kQuit});
    unsigned number = 1;
    between_ = [&] {
        if (++number >= 3) loop_.advance(std::chrono::minutes(1));
    };
    for (const auto& result : play({job(), job(), job(), job()})) EXPECT_EQ(said(result), "relayed 2.6.0; well");
    EXPECT_EQ(sink_.count(Event::RelayTlsFailed), 1U);
}

TEST_F(CourierTest, ADeadHostIsPaidForOnce) {
    configure("reuse = \"0s\"\n");
    host(10, "a.example", "192.0.2.1", {});
    network_.holes.insert("192.0.2.1");
    host(20, "b.example", "192.0.2.2", std::vector<Script>(5, hello() + transaction() + kQuit));
    unsigned number = 1;
    between_ = [&] {
        if (++number == 4) loop_.advance(std::chrono::minutes(1));
    };
    for (const auto& result : play({job(), job(), job(), job(), job()})) EXPECT_EQ(said(result), "relayed 2.6.0; well");
    EXPECT_EQ(network_.asked,
              (Asked{"192.0.2.1", "192.0.2.2", "192.0.2.2", "192.0.2.2", "192.0.2.1", "192.0.2.2", "192.0.2.2"}))
        << "and probed when its rest was over";
}

TEST_F(CourierTest, SoIsOneThatTakesConnectionsAndSaysNothing) {
    configure("reuse = \"0s\"\n");
    host(10, "a.example", "192.0.2.1", {{"CLOSE"}});
    host(20, "b.example", "192.0.2.2", std::vector<Script>(2, hello() + transaction() + kQuit));
    for (const auto& result : play({job(), job()})) EXPECT_EQ(said(result), "relayed 2.6.0; well");
    EXPECT_EQ(network_.asked, (Asked{"192.0.2.1", "192.0.2.2", "192.0.2.2"}));
}

TEST_F(CourierTest, OneThatIsBusyIsAskedAgain) {
    configure("reuse = \"0s\"\n");
    host(10, "a.example", "192.0.2.1", std::vector<Script>(2, Script{"S: 421 4.3.2 busy", "CLOSE"}));
    host(20, "b.example", "192.0.2.2", std::vector<Script>(2, hello() + transaction() + kQuit));
    for (const auto& result : play({job(), job()})) EXPECT_EQ(said(result), "relayed 2.6.0; well");
    EXPECT_EQ(network_.asked, (Asked{"192.0.2.1", "192.0.2.2", "192.0.2.1", "192.0.2.2"}));
}

TEST_F(CourierTest, AnAddressThatIsNotRoutedIsPaidForOnce) {
    configure("reuse = \"0s\"\n");
    host(10, "a.example", "192.0.2.1", std::vector<Script>(2, hello() + transaction() + kQuit));
    address_of("a.example", "2001:db8::1", {});
    network_.holes.insert("2001:db8::1");
    for (const auto& result : play({job(), job()})) EXPECT_EQ(said(result), "relayed 2.6.0; well");
    EXPECT_EQ(network_.asked, (Asked{"2001:db8::1", "192.0.2.1", "192.0.2.1"}));
}

TEST_F(CourierTest, WhoHasNoOtherIsAskedThoughItRests) {
    host(10, "a.example", "192.0.2.1", {});
    for (const auto& result : play({job(), job()})) EXPECT_EQ(said(result), "deferred 4.4.1; trouble");
    EXPECT_EQ(network_.asked.size(), 2U);
    host(10, "a.example", "192.0.2.1", {hello() + transaction() + kQuit});
    EXPECT_EQ(said(play()), "relayed 2.6.0; well");
    EXPECT_EQ(memory_.size(), 0U);
}

TEST_F(CourierTest, NotWhereItMustBe) {
    configure("tls = \"must\"\n");
    host(10, "a.example", "192.0.2.1",
         {hello({"STARTTLS"}) + Script{"C: STARTTLS", "S: 220 go", "OCTETS no TLS at all", "CLOSE"}});
    host(20, "b.example", "192.0.2.2", {hello() + kQuit});
    EXPECT_EQ(said(play()), "deferred 4.7.4; trouble");
}

TEST_F(CourierTest, EightBitIsConvertedForWhoCannotTakeIt) {  // RFC 6152 §3
    set_message(
        "Subject: x\nMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n"
        "k\xc3\xb6rper\n");
    auto& only = host(10, "a.example", "192.0.2.1", {hello() + transaction() + kQuit});
    auto one = job();
    one.envelope.body = spool::BodyType::eight_bit_mime;
    EXPECT_EQ(said(play(one)), "relayed 2.6.0; well");
    EXPECT_NE(only.message.find("\r\nk=C3=B6rper\r\n"), std::string::npos) << only.message;
}

TEST_F(CourierTest, WhatCannotBeConvertedGoesBack) {
    set_message("Subject: k\xc3\xb6rper\n\nk\xc3\xb6rper\n");
    host(10, "a.example", "192.0.2.1", {hello() + kQuit});
    auto one = job();
    one.envelope.body = spool::BodyType::eight_bit_mime;
    const auto result = play(one);
    EXPECT_EQ(said(result), "failed 5.6.3; well");
    EXPECT_NE(result.ends[0].text.find("cannot be converted"), std::string::npos) << result.ends[0].text;
}

TEST_F(CourierTest, LongLinesGoAsTheyAre) {
    set_message("Subject: x\n\n" + std::string(2000, 'x') + "\n");
    auto& only = host(10, "a.example", "192.0.2.1", {hello() + transaction() + kQuit});
    EXPECT_EQ(said(play()), "relayed 2.6.0; well");
    EXPECT_NE(only.message.find(std::string(2000, 'x')), std::string::npos);
}

TEST_F(CourierTest, AndConvertedWhereTheyAreRefused) {  // RFC 5321 §4.5.3.1.6
    const std::string refusal = "550 maximum allowed line length is 998 octets, got 2000";
    set_message("Subject: x\n\n" + std::string(2000, 'x') + "\n");
    auto& only =
        host(10, "a.example", "192.0.2.1", {hello() + transaction("b@example.org", refusal) + transaction() + kQuit});
    EXPECT_EQ(said(play()), "relayed 2.6.0; well");
    EXPECT_NE(only.message.find("Content-Transfer-Encoding: quoted-printable\r\n"), std::string::npos);
    EXPECT_NE(only.message.find("x=\r\nx"), std::string::npos);
    host(10, "a.example", "192.0.2.1",
         {hello() + transaction("b@example.org", refusal) + transaction("b@example.org", refusal) + kQuit});
    EXPECT_EQ(said(play()), "failed 5.0.0; well") << "once";
    set_message("Subject: x\n\nx\n");
    host(10, "a.example", "192.0.2.1", {hello() + transaction("b@example.org", refusal) + kQuit});
    EXPECT_EQ(said(play()), "failed 5.0.0; well") << "it has none";
    set_message(
        "MIME-Version: 1.0\nContent-Type: multipart/signed; boundary=b; protocol=\"application/pgp-signature\"\n\n"
        "--b\n\n" +
        std::string(2000, 'x') + "\n--b\nContent-Type: application/pgp-signature\n\nx\n--b--\n");
    host(10, "a.example", "192.0.2.1", {hello() + transaction("b@example.org", refusal) + kQuit});
    EXPECT_EQ(said(play()), "failed 5.0.0; well") << "it may not be changed";
}

TEST_F(CourierTest, WhatIsConvertedGoesToThoseAloneWhoDidNotTakeIt) {
    configure("[[route]]\ndomain = \"example.org\"\nto = \"lmtp:[smart.example]:24\"\n");
    set_message("Subject: x\n\n" + std::string(2000, 'x') + "\n");
    address_of("smart.example", "192.0.2.1",
               {relay::test::hello({}, "LHLO") + kMail +
                Script{"C: RCPT TO:<b@example.org>", "S: 250 ok", "C: RCPT TO:<c@example.org>", "S: 250 ok", "C: DATA",
                       "S: 354 go", "DATA", "S: 250 2.6.0 mine", "S: 500 5.5.2 a line is too long"} +
                transaction("c@example.org") + kQuit});
    EXPECT_EQ(said(play(job({"b@example.org", "c@example.org"}))), "relayed 2.6.0, relayed 2.6.0; well");
}

TEST_F(CourierTest, WhoTellsOfASuccessIsSaid) {  // RFC 3461 §5.2.1
    auto script = transaction();
    script[2] = "C: RCPT TO:<b@example.org> NOTIFY=SUCCESS ORCPT=rfc822;B@example.org";
    host(10, "a.example", "192.0.2.1", {hello({"DSN"}) + script + kQuit});
    auto one = job();
    one.envelope.recipients[0].parameters = {{"NOTIFY", "SUCCESS"}, {"ORCPT", "rfc822;B@example.org"}};
    const auto result = play(one);
    EXPECT_EQ(said(result), "relayed 2.6.0; well");
    EXPECT_TRUE(result.ends[0].tells);
}

TEST_F(CourierTest, NothingOfItWhereDsnIsNotOffered) {  // RFC 3461 §5.2.2 (a), (b)
    host(10, "a.example", "192.0.2.1", {hello() + transaction() + kQuit});
    auto one = job();
    one.envelope.parameters = {{"RET", "HDRS"}, {"ENVID", "x"}};
    one.envelope.recipients[0].parameters = {{"NOTIFY", "SUCCESS"}, {"ORCPT", "rfc822;B@example.org"}};
    const auto result = play(one);
    EXPECT_EQ(said(result), "relayed 2.6.0; well");
    EXPECT_FALSE(result.ends[0].tells) << "so that we do";
}

TEST_F(CourierTest, ARouteGoesItsOwnWay) {
    configure(
        "source = [\"192.0.2.99\", \"2001:db8::99\"]\n[[route]]\ndomain = \"example.org\"\nto = "
        "\"smtp:[smart.example]:2525\"\n");
    address_of("smart.example", "192.0.2.5", {hello() + transaction() + kQuit});
    const auto result = play();
    EXPECT_EQ(result.ends[0].host, "smart.example [192.0.2.5]");
    EXPECT_EQ(network_.asked, Asked{"192.0.2.5 from 192.0.2.99"});
}

TEST_F(CourierTest, ARouteThatLeadsNowhereIsNoWordOnTheRecipient) {
    configure("[[route]]\ndomain = \"example.org\"\nto = \"smtp:[smart.example]\"\n");
    EXPECT_EQ(said(play()), "deferred 4.4.4; trouble");
    configure(
        "[[route]]\ndomain = \"example.org\"\nto = \"smtp:[smart.example]\"\nlogin = \"me\"\npassword_file = "
        "\"/nowhere\"\n");
    EXPECT_EQ(said(play()), "deferred 4.7.0; trouble");
}

}  // namespace
}  // namespace md::mdqueue
