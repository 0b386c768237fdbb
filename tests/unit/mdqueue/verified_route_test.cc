// tests/unit/mdqueue/verified_route_test.cc - routes that verify certificates, with real ones; mdqueue/next_hosts.h

#include <cstdlib>

#include "support/certificates.h"
#include "unit/mdqueue/relay_world.h"

namespace md::mdqueue {
namespace {

using test::hello;
using test::kQuit;
using test::Script;
using test::transaction;

const Script kTls{"C: STARTTLS", "S: 220 go", "TLS"};
const Script kLogin{"C: EHLO client.test", "S: 250-mx.test\r\n250 AUTH PLAIN",
                    "C: AUTH PLAIN AG1lAHNlY3JldA==", "S: 235 ok"};

class VerifiedRoute : public test::RelayWorld {
  protected:
    VerifiedRoute() {
        real_files().replace(directory_ / "authority.pem", authority_.pem());
        ::setenv("SSL_CERT_FILE", (directory_ / "authority.pem").c_str(), 1);
        real_files().replace(directory_ / "password", "secret\n");
    }
    ~VerifiedRoute() override { ::unsetenv("SSL_CERT_FILE"); }

    void route(const std::string& to) {
        configure("[[route]]\ndomain = \"*\"\nto = \"smtp:" + to + "\"\nlogin = \"me\"\npassword_file = \"" +
                  (directory_ / "password") + "\"\n");
    }
    /// A server with that certificate, which is believed.
    void believed(const std::string& host, const std::string& address, const net::TlsIdentity& certificate) {
        address_of(host, address, {hello({"STARTTLS"}) + kTls + kLogin + transaction() + kQuit}).tls = of(certificate);
    }
    /// Nothing more is said to it, and above all no password.
    void not_believed(const std::string& host, const std::string& address, const net::TlsIdentity& certificate) {
        address_of(host, address, {hello({"STARTTLS"}) + kTls + Script{"SILENCE"}}).tls = of(certificate);
    }
    static std::shared_ptr<const net::TlsServer> of(const net::TlsIdentity& certificate) {
        return *net::TlsServer::make({certificate}, "");
    }

    md::test::CertificateAuthority authority_;
};

constexpr auto kSent = "relayed 2.6.0; well";
constexpr auto kNotSent = "deferred 4.7.5; trouble";

TEST_F(VerifiedRoute, ACertificateForTheHostThatIsNamed) {
    route("[smart.example]");
    believed("smart.example", "192.0.2.1", authority_.issue("smart.example"));
    EXPECT_EQ(said(play()), kSent);
}

TEST_F(VerifiedRoute, ACertificateForAllNamesOfADomain) {
    route("[mx.smart.example]");
    believed("mx.smart.example", "192.0.2.1", authority_.issue("*.smart.example"));
    EXPECT_EQ(said(play()), kSent);
}

TEST_F(VerifiedRoute, NoPasswordForAnyOther) {
    route("[smart.example]");
    const auto own = net::make_self_signed("smart.example");
    const md::test::CertificateAuthority stranger;
    for (const auto& wrong : {authority_.issue("other.example"), authority_.issue("smart.example", -3, -1),
                              authority_.issue("smart.example", 1, 2), stranger.issue("smart.example"),
                              net::TlsIdentity::from_pem(own.certificate_pem, own.key_pem, "test")}) {
        not_believed("smart.example", "192.0.2.1", wrong);
        const auto result = play();
        EXPECT_EQ(said(result), kNotSent);
        EXPECT_EQ(result.ends[0].transcript, "");
        EXPECT_EQ(sink_.count(Event::RelayTlsFailed), 0U) << "it does not go without";
    }
}

TEST_F(VerifiedRoute, NoPasswordWithoutTls) {
    route("[smart.example]");
    address_of("smart.example", "192.0.2.1", {hello({"AUTH PLAIN"}) + kQuit});
    EXPECT_EQ(said(play()), "deferred 4.7.4; trouble");
}

TEST_F(VerifiedRoute, NotOfExchangersWhoseNamesTheDnsGives) {  // RFC 9525 §6.1
    EXPECT_FALSE(
        config::load_text("hostname = \"client.test\"\n[[route]]\ndomain = \"*\"\nto = \"smtp:example.com\"\n"
                          "tls = \"verify\"\n",
                          "/test.conf"));
}

TEST_F(VerifiedRoute, AnAliasOfTheHostIsNotItsName) {
    route("[smart.example]");
    dns_.add_alias("smart.example", "mx.attacker.example");
    not_believed("mx.attacker.example", "192.0.2.1", authority_.issue("mx.attacker.example"));
    EXPECT_EQ(said(play()), kNotSent);
}

TEST_F(VerifiedRoute, AuthoritiesThatCannotBeRead) {
    real_files().replace(directory_ / "authority.pem", "nonsense");
    route("[smart.example]");
    not_believed("smart.example", "192.0.2.1", authority_.issue("smart.example"));
    EXPECT_EQ(said(play()), kNotSent) << "nobody is believed";
}

TEST_F(VerifiedRoute, AuthoritiesAreReadAgain) {
    const auto before = verifying_.client({});
    EXPECT_EQ(verifying_.client(VerifyingTls::Time(VerifyingTls::kAge) - std::chrono::seconds(1)), before);
    EXPECT_NE(verifying_.client(VerifyingTls::Time(VerifyingTls::kAge)), before);
}

}  // namespace
}  // namespace md::mdqueue
