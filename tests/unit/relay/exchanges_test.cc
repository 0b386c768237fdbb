// tests/unit/relay/exchanges_test.cc - relay/exchanges.h

#include "relay/exchanges.h"

#include <gtest/gtest.h>

#include <set>
#include <tuple>

#include "async/loop.h"
#include "async/scope.h"
#include "support/fake_resolver.h"

namespace md::relay {
namespace {

using namespace std::chrono_literals;
using dns::FakeResolver;
using dns::Trouble;
using dns::Type;
using mail::Status;

class ExchangesTest : public testing::Test {
  protected:
    ExchangeFinder finder() {
        return {dns_, {names_, addresses_}, family_, [this](std::size_t below) { return random_ % below; }};
    }
    ExchangeFinder::Found find(const std::string& domain, std::uint16_t port = 25) {
        const auto one = finder();
        return loop_.run(one.find(domain, port, async::after(1min)));
    }
    ExchangeFinder::Found find_host(const std::string& host, std::uint16_t port = 25) {
        const auto one = finder();
        return loop_.run(one.find_host(host, port, async::after(1min)));
    }
    /// By a clock that goes as fast as it can.
    ExchangeFinder::Found find_host_within(const std::string& host, async::Duration time) {
        std::optional<ExchangeFinder::Found> found;
        auto body = [&](async::Scope& scope) { return race(scope, host, time, found); };
        loop_.run(async::scoped(body));
        return std::move(*found);
    }
    async::Task<void> race(async::Scope& scope, std::string host, async::Duration time,
                           std::optional<ExchangeFinder::Found>& found) {
        scope.spawn(let_time_pass());
        const auto one = finder();
        auto got = co_await one.find_host(std::move(host), 25, async::after(time));
        found.emplace(std::move(got));
        scope.cancel();
    }
    async::Task<void> let_time_pass() {
        for (;;) {
            loop_.advance(100ms);
            co_await async::yield();
        }
    }
    /// "mx1.example:192.0.2.1,192.0.2.2 mx2.example:..."
    std::string hosts(const ExchangeFinder::Found& found) {
        if (!found) return found.error().status.text();
        std::string text;
        for (const auto& host : found->hosts) {
            text.append(text.empty() ? "" : " ").append(host.name).append(":");
            for (const auto& address : host.addresses)
                text.append(text.back() == ':' ? "" : ",").append(address.ip().text());
        }
        return text;
    }
    void add_host(std::uint16_t preference, const std::string& host, const std::string& address) {
        dns_.add_mx("example.org", preference, host);
        if (!address.empty()) dns_.add_address(host, address);
    }

    async::Loop loop_;
    FakeResolver dns_;
    std::vector<std::string> names_{"mail.ours.example"};
    std::vector<IpAddress> addresses_{*IpAddress::parse("198.51.100.1")};
    Family family_ = Family::v6_first;
    std::size_t random_ = 0;
};

TEST_F(ExchangesTest, ByPreference) {
    add_host(20, "b.example", "192.0.2.2");
    add_host(10, "a.example", "192.0.2.1");
    const auto found = find("Example.ORG", 2525);
    EXPECT_EQ(hosts(found), "a.example:192.0.2.1 b.example:192.0.2.2");
    EXPECT_EQ(found->hosts[0].addresses[0].port(), 2525);
    EXPECT_EQ(found->hosts[1].preference, 20);
    EXPECT_FALSE(found->implicit);
}

TEST_F(ExchangesTest, EqualPreferencesAreMixed) {
    add_host(10, "a.example", "192.0.2.1");
    add_host(10, "b.example", "192.0.2.2");
    add_host(10, "c.example", "192.0.2.3");
    add_host(20, "d.example", "192.0.2.4");
    std::set<std::string> orders;
    for (random_ = 0; random_ < 12; ++random_) {
        const auto order = hosts(find("example.org"));
        EXPECT_TRUE(order.ends_with(" d.example:192.0.2.4")) << order;
        orders.insert(order);
    }
    EXPECT_GE(orders.size(), 4u);
    const ExchangeFinder by_chance(dns_, {});
    std::set<std::string> chance;
    for (int i = 0; i < 200; ++i)
        chance.insert(hosts(loop_.run(by_chance.find("example.org", 25, async::after(1min)))));
    EXPECT_EQ(chance.size(), 6u) << "every order comes";
}

TEST_F(ExchangesTest, FamiliesAlternate) {
    add_host(10, "a.example", "192.0.2.1");
    for (const auto* address : {"192.0.2.2", "192.0.2.3", "2001:db8::1", "2001:db8::2"})
        dns_.add_address("a.example", address);
    EXPECT_EQ(hosts(find("example.org")), "a.example:2001:db8::1,192.0.2.1,2001:db8::2,192.0.2.2,192.0.2.3");
    family_ = Family::v4_first;
    EXPECT_EQ(hosts(find("example.org")), "a.example:192.0.2.1,2001:db8::1,192.0.2.2,2001:db8::2,192.0.2.3");
    family_ = Family::v4_only;
    EXPECT_EQ(hosts(find("example.org")), "a.example:192.0.2.1,192.0.2.2,192.0.2.3");
    family_ = Family::v6_only;
    EXPECT_EQ(hosts(find("example.org")), "a.example:2001:db8::1,2001:db8::2");
}

TEST_F(ExchangesTest, ImplicitMx) {  // RFC 5321 §5.1
    dns_.add_address("example.org", "192.0.2.1");
    const auto found = find("example.org");
    EXPECT_EQ(hosts(found), "example.org:192.0.2.1");
    EXPECT_TRUE(found->implicit);
}

TEST_F(ExchangesTest, AnAliasOfTheDomainIsFollowed) {
    dns_.add_alias("example.org", "real.example");
    dns_.add_address("real.example", "192.0.2.1");
    EXPECT_EQ(hosts(find("example.org")), "real.example:192.0.2.1");
    dns_.add_mx("real.example", 10, "mx.example");
    dns_.add_address("mx.example", "192.0.2.2");
    EXPECT_EQ(hosts(find("example.org")), "mx.example:192.0.2.2") << "never the domain's address beside an MX";
}

TEST_F(ExchangesTest, AnMxThatIsAnAliasIsFollowed) {
    dns_.add_mx("example.org", 10, "mx.example");
    dns_.add_alias("mx.example", "real.example");
    dns_.add_address("real.example", "192.0.2.1");
    const auto found = find("example.org");
    EXPECT_EQ(hosts(found), "mx.example:192.0.2.1");
    EXPECT_EQ(found->hosts[0].canonical_name, "real.example");
}

TEST_F(ExchangesTest, NullMx) {  // RFC 7505
    dns_.add_mx("example.org", 0, "");
    dns_.add_address("example.org", "192.0.2.1");
    const auto found = find("example.org");
    EXPECT_EQ(hosts(found), "5.1.10");
    EXPECT_TRUE(found.error().permanent);
    add_host(10, "a.example", "192.0.2.1");
    EXPECT_EQ(hosts(find("example.org")), "a.example:192.0.2.1") << "beside others it is none (RFC 7505 §3)";
}

TEST_F(ExchangesTest, NoSuchDomain) {
    const auto found = find("nowhere.example");
    EXPECT_EQ(hosts(found), "5.1.2");
    EXPECT_TRUE(found.error().permanent);
    EXPECT_EQ(found.error().text, "nowhere.example: no such domain");
    EXPECT_EQ(hosts(find("not a name")), "5.1.2");
    EXPECT_EQ(hosts(find("")), "5.1.2");
}

TEST_F(ExchangesTest, WhatCannotBeAskedIsTransient) {
    for (const auto trouble :
         {Trouble::timed_out, Trouble::bogus, Trouble::server_failed, Trouble::malformed, Trouble::unavailable}) {
        dns_.break_at("example.org", Type::mx, trouble);
        const auto found = find("example.org");
        EXPECT_EQ(hosts(found), "4.4.3");
        EXPECT_FALSE(found.error().permanent);
    }
}

TEST_F(ExchangesTest, AHostWithoutAnAddressIsPassedOver) {
    add_host(10, "a.example", "");
    dns_.nothing_at("a.example");
    add_host(20, "b.example", "192.0.2.2");
    EXPECT_EQ(hosts(find("example.org")), "b.example:192.0.2.2");
}

TEST_F(ExchangesTest, AHostThatCannotBeLookedUpIsPassedOverForNow) {
    add_host(10, "a.example", "");
    dns_.break_at("a.example", Type::aaaa, Trouble::timed_out);
    EXPECT_EQ(hosts(find("example.org")), "4.4.3");
    add_host(20, "b.example", "192.0.2.2");
    EXPECT_EQ(hosts(find("example.org")), "b.example:192.0.2.2");
    dns_.add_address("a.example", "192.0.2.1");
    EXPECT_EQ(hosts(find("example.org")), "a.example:192.0.2.1 b.example:192.0.2.2") << "one family is enough";
}

TEST_F(ExchangesTest, NoHostWithAnAddressIsPermanent) {  // RFC 5321 §5.1: "MUST be reported as an error"
    add_host(10, "a.example", "");
    add_host(20, "b.example", "");
    dns_.nothing_at("b.example");
    dns_.add_address("example.org", "192.0.2.1");
    EXPECT_EQ(hosts(find("example.org")), "5.4.4") << "the domain's own address is not used";
    dns_.nothing_at("empty.example");
    const auto found = find("empty.example");
    EXPECT_EQ(hosts(found), "5.4.4");
    EXPECT_EQ(found.error().text, "empty.example: it has neither a mail host nor an address");
}

TEST_F(ExchangesTest, WeAndAllBehindUsAreLeftOut) {  // RFC 5321 §5.1
    add_host(10, "a.example", "192.0.2.1");
    add_host(20, "Mail.Ours.Example", "192.0.2.9");
    add_host(20, "b.example", "192.0.2.2");
    add_host(30, "c.example", "192.0.2.3");
    EXPECT_EQ(hosts(find("example.org")), "a.example:192.0.2.1");
    EXPECT_EQ(dns_.asked(), (std::vector<std::string>{"MX example.org", "AAAA a.example", "A a.example"}));
}

TEST_F(ExchangesTest, WeAreKnownByAddressAndByAlias) {
    int number = 0;
    for (const auto* us : {"198.51.100.1", "127.0.0.1", "127.9.9.9", "0.0.0.0", "::", "::1"}) {
        const auto domain = "d" + std::to_string(number++) + ".example";
        for (const auto& [preference, host, address] :
             {std::tuple(10, "a.", "192.0.2.1"), std::tuple(20, "b.", "192.0.2.2"), std::tuple(20, "us.", us)}) {
            dns_.add_mx(domain, static_cast<std::uint16_t>(preference), host + domain);
            dns_.add_address(host + domain, address);
        }
        EXPECT_EQ(hosts(find(domain)), "a." + domain + ":192.0.2.1") << us;
    }
    add_host(10, "www.example", "");
    dns_.add_alias("www.example", "mail.ours.example");
    dns_.add_address("mail.ours.example", "192.0.2.9");
    EXPECT_EQ(hosts(find("example.org")), "5.4.6");
}

TEST_F(ExchangesTest, MailThatLoopsBackToUs) {
    add_host(10, "mail.ours.example", "192.0.2.9");
    add_host(20, "b.example", "192.0.2.2");
    const auto found = find("example.org");
    EXPECT_EQ(hosts(found), "5.4.6");
    EXPECT_TRUE(found.error().permanent);
    dns_.add_address("here.example", "127.0.0.1");
    EXPECT_EQ(hosts(find("here.example")), "5.4.6") << "an implicit MX";
}

TEST_F(ExchangesTest, WeAreTheBestAndAnotherCannotBeAsked) {
    add_host(10, "a.example", "");
    dns_.break_at("a.example", Type::a, Trouble::server_failed);
    add_host(20, "mail.ours.example", "");
    EXPECT_EQ(hosts(find("example.org")), "4.4.3") << "a better one may be there";
}

TEST_F(ExchangesTest, Literals) {  // RFC 5321 §4.1.3
    EXPECT_EQ(hosts(find("[192.0.2.1]")), "[192.0.2.1]:192.0.2.1");
    EXPECT_EQ(hosts(find("[IPv6:2001:DB8::1]")), "[ipv6:2001:db8::1]:2001:db8::1");
    for (const auto* here : {"[127.0.0.1]", "[127.9.9.9]", "[0.0.0.0]", "[IPv6:::1]"})
        EXPECT_EQ(hosts(find(here)), "5.4.6");
    EXPECT_EQ(hosts(find("[198.51.100.1]")), "5.4.6");
    EXPECT_EQ(hosts(find("[example.org]")), "5.1.2");
    EXPECT_EQ(dns_.asked().size(), 0u);
}

TEST_F(ExchangesTest, AHostThatIsNamed) {
    dns_.add_mx("smart.example", 10, "other.example");
    dns_.add_address("smart.example", "127.0.0.1");
    EXPECT_EQ(hosts(find_host("smart.example")), "smart.example:127.0.0.1") << "its MX does not count";
    EXPECT_EQ(hosts(find_host("[192.0.2.1]")), "[192.0.2.1]:192.0.2.1");
    dns_.add_address("mail.ours.example", "198.51.100.1");
    EXPECT_EQ(hosts(find_host("mail.ours.example")), "5.4.6");
    EXPECT_EQ(hosts(find_host("mail.ours.example", 24)), "mail.ours.example:198.51.100.1") << "not our port";
    EXPECT_EQ(hosts(find_host("nowhere.example")), "5.4.4");
}

TEST_F(ExchangesTest, AHundredHostsHoldNobodyUp) {
    for (int i = 0; i < 100; ++i) add_host(10, "mx" + std::to_string(i) + ".example", "");
    EXPECT_EQ(hosts(find("example.org")), "4.4.4") << "there may be one";
    EXPECT_EQ(dns_.asked().size(), 1 + 2 * kMostHosts);
}

TEST_F(ExchangesTest, AddressesAreLimited) {
    for (int host = 0; host < 5; ++host) {
        add_host(static_cast<std::uint16_t>(host), "mx" + std::to_string(host) + ".example", "");
        for (int i = 1; i < 15; ++i)
            dns_.add_address("mx" + std::to_string(host) + ".example", "192.0.2." + std::to_string(i));
    }
    const auto found = find("example.org");
    ASSERT_EQ(found->hosts.size(), 2u);
    EXPECT_EQ(found->hosts[0].addresses.size(), kMostAddressesOfHost);
    EXPECT_EQ(found->hosts[1].addresses.size(), kMostAddresses - kMostAddressesOfHost);
}

TEST_F(ExchangesTest, FiveHundredHostsHoldNobodyUp) {
    for (int i = 0; i < 500; ++i)
        add_host(static_cast<std::uint16_t>(500 - i), "mx" + std::to_string(i) + ".example",
                 "192.0.2." + std::to_string(i % 250));
    const auto found = find("example.org");
    ASSERT_EQ(found->hosts.size(), kMostHosts);
    EXPECT_EQ(found->hosts[0].name, "mx499.example") << "the best of all, wherever it stands";
    EXPECT_EQ(dns_.asked().size(), 1 + 2 * kMostHosts);
}

TEST_F(ExchangesTest, AnAddressThatComesTwiceIsOne) {
    add_host(10, "a.example", "192.0.2.1");
    dns_.add_address("a.example", "192.0.2.1");
    dns_.add_wire("a.example", Type::aaaa,
                  std::string(10, '\0') + "\xff\xff" + "\xc0" + std::string(1, '\0') + "\x02\x01");
    EXPECT_EQ(hosts(find("example.org")), "a.example:192.0.2.1") << "once more in the guise of IPv6";
}

TEST_F(ExchangesTest, LoopbackInTheGuiseOfIpv6) {
    add_host(10, "a.example", "");
    dns_.add_wire("a.example", Type::aaaa, std::string(10, '\0') + "\xff\xff\x7f" + std::string(2, '\0') + "\x01");
    EXPECT_EQ(hosts(find("example.org")), "5.4.6");
}

TEST_F(ExchangesTest, AnAddressForAName) {  // RFC 5321 §5.1: an MX names a host
    add_host(10, "192.0.2.7", "");
    EXPECT_EQ(hosts(find("example.org")), "5.4.4");
    add_host(20, "[192.0.2.8]", "");
    EXPECT_EQ(hosts(find("example.org")), "5.4.4");
    add_host(30, "b.example", "192.0.2.2");
    EXPECT_EQ(hosts(find("example.org")), "b.example:192.0.2.2");
}

TEST_F(ExchangesTest, NamesThatAreNone) {
    const std::string label(63, 'x');
    const auto long_name = label + "." + label + "." + label + "." + label;  // 255 octets and no room for the root
    add_host(10, long_name, "");
    EXPECT_EQ(hosts(find("example.org")), "4.4.3") << "an answer of nonsense is none";
    add_host(20, "b.example", "192.0.2.2");
    EXPECT_EQ(hosts(find("example.org")), "b.example:192.0.2.2");
    EXPECT_EQ(hosts(find(long_name)), "5.1.2");
}

TEST_F(ExchangesTest, AliasesThatGoRound) {
    dns_.add_alias("a.example", "b.example");
    dns_.add_alias("b.example", "a.example");
    add_host(10, "a.example", "");
    add_host(20, "c.example", "192.0.2.3");
    EXPECT_EQ(hosts(find("example.org")), "c.example:192.0.2.3");
    dns_.break_at("round.example", Type::mx, Trouble::server_failed);  // what a resolver makes of it
    EXPECT_EQ(hosts(find("round.example")), "4.4.3");
}

TEST_F(ExchangesTest, ALocalhostIsUs) {
    add_host(10, "a.example", "192.0.2.1");
    add_host(20, "localhost", "127.0.0.1");
    add_host(30, "c.example", "192.0.2.3");
    EXPECT_EQ(hosts(find("example.org")), "a.example:192.0.2.1");
    dns_.add_mx("here.example", 10, "localhost");
    EXPECT_EQ(hosts(find("here.example")), "5.4.6");
}

TEST_F(ExchangesTest, ANullMxAmongOthersLeadsNowhere) {
    add_host(10, "a.example", "");
    dns_.add_mx("example.org", 0, "");
    dns_.nothing_at("a.example");
    EXPECT_EQ(hosts(find("example.org")), "5.4.4") << "and does not say that no mail is taken";
}

TEST_F(ExchangesTest, NobodyWaitsForOneFamilyBehindTheOther) {
    add_host(10, "a.example", "192.0.2.1");
    dns_.answer_after(10s);
    EXPECT_EQ(hosts(find_host_within("a.example", 15s)), "a.example:192.0.2.1");
    EXPECT_EQ(hosts(find_host_within("a.example", 5s)), "4.4.3");
}

TEST_F(ExchangesTest, SecureIsKept) {
    add_host(10, "a.example", "192.0.2.1");
    add_host(20, "b.example", "192.0.2.2");
    dns_.sign("example.org");
    dns_.sign("a.example");
    const auto found = find("example.org");
    EXPECT_TRUE(found->secure);
    EXPECT_TRUE(found->hosts[0].secure);
    EXPECT_FALSE(found->hosts[1].secure);
}

TEST_F(ExchangesTest, EndsByTheDeadline) {
    add_host(10, "a.example", "192.0.2.1");
    dns_.answer_after(20ms);
    const auto one = finder();
    EXPECT_EQ(hosts(loop_.run(one.find("example.org", 25, async::after(5ms)))), "4.4.3");
    EXPECT_EQ(hosts(loop_.run(one.find("example.org", 25, async::after(30ms)))), "4.4.3") << "within its hosts";
}

}  // namespace
}  // namespace md::relay
