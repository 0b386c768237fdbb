// tests/unit/relay/opening_test.cc - relay/client.h and relay/opening.h up to where mail can be sent

#include "relay/opening.h"

#include <gtest/gtest.h>

#include "base/encoding.h"
#include "unit/relay/scripted_server.h"

namespace md::relay {
namespace {

using namespace std::chrono_literals;
using smtp::Extension;
using test::hello;
using test::Script;

const Script kQuit{"C: QUIT", "S: 221 bye"};

class RelayOpening : public test::RelayTest {
  protected:
    /// "greeting deferred 4.4.2", or "open".
    [[nodiscard]] std::string how() const {
        if (!failure_) return "open";
        const auto& outcome = failure_->outcome;
        EXPECT_TRUE(outcome.host_fault);
        EXPECT_FALSE(outcome.reply.empty());
        return std::string(name(failure_->stage)) +
               (outcome.kind == Outcome::Kind::failed ? " failed " : " deferred ") + outcome.status.text();
    }
    void open(const Script& script) { play(script, 0); }
};

TEST_F(RelayOpening, EhloTellsWhatIsOffered) {
    open(hello({"PIPELINING", "SIZE 1000", "8BITMIME"}) + kQuit);
    EXPECT_EQ(how(), "open");
    EXPECT_TRUE(facts_.esmtp);
    EXPECT_TRUE(facts_.offer.has(Extension::pipelining));
    EXPECT_EQ(facts_.offer.size_limit, 1000u);
    EXPECT_TRUE(usable_);
}

TEST_F(RelayOpening, NobodyIsThere) {
    server_.unix_path = directory_ / "nobody";
    Client client(pool_, "client.test", timeouts_);
    auto failure = loop_.run(client.open(server_));
    ASSERT_TRUE(failure);
    EXPECT_EQ(failure->stage, Stage::connect);
    EXPECT_EQ(failure->outcome.status.text(), "4.4.1");
    EXPECT_TRUE(failure->outcome.host_fault);
    EXPECT_EQ(failure->outcome.reply, server_.unix_path + ": No such file or directory");
    EXPECT_FALSE(client.usable());
}

TEST_F(RelayOpening, ByTcpFromAnAddressOfOurs) {
    const auto listening = net::listen_tcp(net::SocketAddress(*IpAddress::parse("127.0.0.1"), 0));
    sockaddr_storage raw{};
    socklen_t size = sizeof raw;
    ASSERT_EQ(::getsockname(listening.get(), reinterpret_cast<sockaddr*>(&raw), &size), 0);
    const auto address = net::SocketAddress::from_system(raw);
    const auto fd = loop_.run(net::connect_tcp(address, async::after(1s), *IpAddress::parse("127.0.0.7")));
    ASSERT_TRUE(fd);
    const int accepted = ::accept(listening.get(), reinterpret_cast<sockaddr*>(&raw), &size);
    EXPECT_EQ(net::SocketAddress::from_system(raw).ip().text(), "127.0.0.7");
    ::close(accepted);
    const auto foreign = loop_.run(net::connect_tcp(address, async::after(1s), *IpAddress::parse("192.0.2.1")));
    ASSERT_FALSE(foreign);
    EXPECT_EQ(foreign.error().code, EADDRNOTAVAIL);
    const auto other = loop_.run(net::connect_tcp(address, async::after(1s), *IpAddress::parse("::1")));
    EXPECT_FALSE(other) << "another family";
}

TEST_F(RelayOpening, AGreetingThatRefuses) {
    open({"S: 554 5.7.1 not from there", "C: QUIT", "S: 221 bye"});
    EXPECT_EQ(how(), "greeting failed 5.7.1");
    EXPECT_EQ(failure_->outcome.reply, "554 5.7.1 not from there");
    EXPECT_EQ(failure_->outcome.transcript, "<<< 554 5.7.1 not from there\n");
    open({"S: 450 busy", "C: QUIT", "S: 221 bye"});
    EXPECT_EQ(how(), "greeting deferred 4.0.0");
    open({"S: 421 going"});
    EXPECT_EQ(how(), "greeting deferred 4.3.2");
}

TEST_F(RelayOpening, NoGreeting) {
    open({"CLOSE"});
    EXPECT_EQ(how(), "greeting deferred 4.4.2");
    open({"S: HTTP/1.1 400 Bad Request", "SILENCE"});
    EXPECT_EQ(how(), "greeting deferred 4.5.0");
    open({"S: 250 ok", "SILENCE"});
    EXPECT_EQ(how(), "greeting deferred 4.5.0");
    timeouts_.greeting = 30ms;
    open({"SILENCE"});
    EXPECT_EQ(how(), "greeting deferred 4.4.2");
    EXPECT_EQ(failure_->outcome.reply, server_.unix_path + ": did not answer in time");
}

TEST_F(RelayOpening, AnOctetNowAndThenIsNoAnswerInTime) {
    open(Script{"TRICKLE 220 mx.test"} + Script{"C: EHLO client.test", "TRICKLE 250 ok", "C: QUIT", "TRICKLE 221 bye"});
    EXPECT_EQ(how(), "open") << "octet by octet, but in time";
    timeouts_.greeting = 60ms;
    const auto before = std::chrono::steady_clock::now();
    open({"TRICKLE 220 " + std::string(30, 'x'), "SILENCE"});
    EXPECT_EQ(how(), "greeting deferred 4.4.2");
    EXPECT_GE(std::chrono::steady_clock::now() - before, 60ms);
}

TEST_F(RelayOpening, AFloodOfLines) {
    open({"FLOOD 220-hello"});
    EXPECT_EQ(how(), "greeting deferred 4.5.0");
    EXPECT_TRUE(failure_->outcome.reply.ends_with("reply too long")) << failure_->outcome.reply;
}

TEST_F(RelayOpening, HeloWhereEhloIsUnknown) {  // RFC 5321 §3.2
    for (const auto* refusal : {"S: 500 what?", "S: 502 no", "S: 504 no", "S: 550 no"}) {
        open(Script{"S: 220 old", "C: EHLO client.test", refusal, "C: HELO client.test", "S: 250 hello"} + kQuit);
        EXPECT_EQ(how(), "open");
        EXPECT_FALSE(facts_.esmtp);
        EXPECT_FALSE(facts_.offer.has(Extension::size));
    }
    open({"S: 220 old", "C: EHLO client.test", "S: 500 what?", "C: HELO client.test", "S: 550 you not", "C: QUIT",
          "S: 221 bye"});
    EXPECT_EQ(how(), "hello failed 5.0.0");
    EXPECT_EQ(failure_->outcome.transcript, ">>> HELO client.test\n<<< 550 you not\n");
    open({"S: 220 old", "C: EHLO client.test", "S: 450 later", "C: QUIT", "S: 221 bye"});
    EXPECT_EQ(how(), "hello deferred 4.0.0");
}

TEST_F(RelayOpening, Lhlo) {  // RFC 2033 §4.1
    server_.dialect = smtp::Dialect::lmtp;
    open(hello({"8BITMIME"}, "LHLO") + kQuit);
    EXPECT_EQ(how(), "open");
    open({"S: 220 x", "C: LHLO client.test", "S: 500 what?", "C: QUIT", "S: 221 bye"});
    EXPECT_EQ(how(), "hello failed 5.0.0") << "no HELO in LMTP";
}

TEST_F(RelayOpening, StarttlsForgetsWhatWasTold) {  // RFC 3207 §4.2
    open(hello({"STARTTLS", "SIZE 10", "PIPELINING"}) + Script{"C: STARTTLS", "S: 220 go", "TLS"} +
         Script{"C: EHLO client.test", "S: 250-mx.test\r\n250 8BITMIME"} + kQuit);
    EXPECT_EQ(how(), "open");
    EXPECT_TRUE(facts_.tls_version.starts_with("TLSv1."));
    EXPECT_FALSE(facts_.tls_cipher.empty());
    EXPECT_TRUE(facts_.offer.has(Extension::eight_bit_mime));
    EXPECT_FALSE(facts_.offer.has(Extension::size) || facts_.offer.has(Extension::pipelining));
    EXPECT_EQ(facts_.offer.size_limit, 0u);
}

TEST_F(RelayOpening, RepliesInjectedBeforeTlsAreTheEnd) {
    open(hello({"STARTTLS"}) + Script{"C: STARTTLS", "S: 220 go\r\n250-mx.test\r\n250 AUTH PLAIN", "SILENCE"});
    EXPECT_EQ(how(), "tls deferred 4.7.5");
}

TEST_F(RelayOpening, AHandshakeThatFailsIsToldApart) {
    open(hello({"STARTTLS"}) + Script{"C: STARTTLS", "S: 220 go", "OCTETS this is no TLS at all, is it?", "SILENCE"});
    EXPECT_EQ(how(), "tls deferred 4.7.5");
    open(hello({"STARTTLS"}) + Script{"C: STARTTLS", "S: 220 go", "CLOSE"});
    EXPECT_EQ(how(), "tls deferred 4.7.5");
    open(hello({"STARTTLS"}) + Script{"C: STARTTLS", "S: 220 go", "TLS", "CLOSE"});
    EXPECT_EQ(how(), "tls deferred 4.4.2") << "in TLS 1.3 the server's refusal may come behind it";
    server_.tls = TlsUse::none;
    open(hello({"STARTTLS"}) + kQuit);
    EXPECT_EQ(how(), "open") << "without it";
}

TEST_F(RelayOpening, StarttlsThatIsRefused) {
    open(hello({"STARTTLS"}) + Script{"C: STARTTLS", "S: 454 4.7.0 not now"} + kQuit);
    EXPECT_EQ(how(), "open");
    EXPECT_EQ(facts_.tls_refused, "454 4.7.0 not now");
    EXPECT_EQ(facts_.tls_version, "");
    server_.tls = TlsUse::must;
    open(hello({"STARTTLS"}) + Script{"C: STARTTLS", "S: 454 4.7.0 not now"} + kQuit);
    EXPECT_EQ(how(), "tls deferred 4.7.0");
}

TEST_F(RelayOpening, TlsThatMustBe) {
    server_.tls = TlsUse::must;
    open(hello({"8BITMIME"}) + kQuit);
    EXPECT_EQ(how(), "tls deferred 4.7.4");
    open(Script{"S: 220 old", "C: EHLO client.test", "S: 500 what?", "C: HELO client.test", "S: 250 hello"} + kQuit);
    EXPECT_EQ(how(), "tls deferred 4.7.4");
}

std::string base64(const std::string& text) {
    return base64_encode(text);
}

Script secured(const std::string& offer) {
    return hello({"STARTTLS", "AUTH PLAIN LOGIN"}) + Script{"C: STARTTLS", "S: 220 go", "TLS"} +
           Script{"C: EHLO client.test", "S: 250-mx.test\r\n250 " + offer};
}

TEST_F(RelayOpening, AuthPlain) {  // RFC 4616
    server_.login = Login{"bob", "secret"};
    const auto line = "C: AUTH PLAIN " + base64(std::string("\0bob\0secret", 11));
    open(secured("AUTH PLAIN LOGIN") + Script{line, "S: 235 2.7.0 welcome"} + kQuit);
    EXPECT_EQ(how(), "open");
    open(secured("AUTH PLAIN") + Script{line, "S: 535 5.7.8 wrong"} + kQuit);
    EXPECT_EQ(how(), "login deferred 4.7.8") << "no message is returned for a wrong password of ours";
    EXPECT_EQ(failure_->outcome.transcript, ">>> AUTH PLAIN ****\n<<< 535 5.7.8 wrong\n");
}

TEST_F(RelayOpening, AuthLogin) {
    server_.login = Login{"bob", "secret"};
    const Script dialogue{"C: AUTH LOGIN", "S: 334 VXNlcm5hbWU6", "C: " + base64("bob"), "S: 334 UGFzc3dvcmQ6",
                          "C: " + base64("secret")};
    open(secured("AUTH=LOGIN") + dialogue + Script{"S: 235 welcome"} + kQuit);
    EXPECT_EQ(how(), "open");
    open(secured("AUTH LOGIN") + dialogue + Script{"S: 535 5.7.8 wrong"} + kQuit);
    EXPECT_EQ(how(), "login deferred 4.7.8");
    EXPECT_EQ(failure_->outcome.transcript.find(base64("secret")), std::string::npos);
    open(secured("AUTH LOGIN") + Script{"C: AUTH LOGIN", "S: 504 no"} + kQuit);
    EXPECT_EQ(how(), "login deferred 4.0.0");
}

TEST_F(RelayOpening, APasswordLeavesOverTlsAlone) {
    server_.login = Login{"bob", "secret"};
    open(hello({"AUTH PLAIN LOGIN"}) + kQuit);
    EXPECT_EQ(how(), "login deferred 4.7.11");
    open(secured("AUTH CRAM-MD5") + kQuit);
    EXPECT_EQ(how(), "login deferred 4.7.0");
}

}  // namespace
}  // namespace md::relay
