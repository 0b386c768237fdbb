// tests/unit/dns/resolver_test.cc - dns/resolver.h, over the table of support/fake_resolver.h

#include "dns/resolver.h"

#include <gtest/gtest.h>

#include "async/loop.h"
#include "async/scope.h"
#include "support/fake_resolver.h"

namespace md::dns {
namespace {

using namespace std::chrono_literals;
using async::Loop;
using async::Scope;
using async::Task;

class ResolverTest : public testing::Test {
  protected:
    Looked<Mx> mx(const std::string& domain) { return loop_.run(dns_.mx(domain, async::after(1min))); }
    Looked<IpAddress> a(const std::string& host) { return loop_.run(dns_.a(host, async::after(1min))); }

    Loop loop_;
    FakeResolver dns_;
};

TEST_F(ResolverTest, MxComesByPreference) {
    dns_.add_mx("example.org", 20, "b.example.org");
    dns_.add_mx("example.org", 10, "a.example.org");
    dns_.add_mx("example.org", 20, "c.example.org");
    const auto answer = mx("Example.ORG.");
    ASSERT_TRUE(answer);
    EXPECT_TRUE(answer->found());
    EXPECT_EQ(answer->records, (std::vector<Mx>{{10, "a.example.org"}, {20, "b.example.org"}, {20, "c.example.org"}}));
    EXPECT_EQ(dns_.asked(), std::vector<std::string>{"MX example.org"});
}

TEST_F(ResolverTest, TellsNoNameFromNoData) {
    dns_.add_address("example.org", "192.0.2.1");
    EXPECT_EQ(mx("example.org")->outcome, Outcome::no_data);
    EXPECT_EQ(mx("example.net")->outcome, Outcome::no_name);
    EXPECT_TRUE(mx("example.net")->records.empty());
}

TEST_F(ResolverTest, AFailureIsNoAnswer) {
    dns_.add_mx("example.org", 10, "a.example.org");
    dns_.break_at("example.org", Type::mx, Trouble::bogus);
    const auto answer = mx("example.org");
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().trouble, Trouble::bogus);
    EXPECT_EQ(answer.error().detail, "MX example.org: bogus");
}

TEST_F(ResolverTest, NothingIsAskedForWhatIsNoName) {
    for (const auto* wrong : {"", ".", "a..b", "a b", "a\n.org"}) {
        const auto answer = a(wrong);
        ASSERT_FALSE(answer);
        EXPECT_EQ(answer.error().trouble, Trouble::not_a_name);
        EXPECT_EQ(answer.error().detail.find('\n'), std::string::npos);
    }
    EXPECT_TRUE(dns_.asked().empty());
}

TEST_F(ResolverTest, LeavesMalformedRecordsOut) {
    dns_.add_wire("example.org", Type::a, "123");
    dns_.add_address("example.org", "192.0.2.1");
    EXPECT_EQ(a("example.org")->records.size(), 1u);
}

TEST_F(ResolverTest, AnAnswerOfMalformedRecordsAloneHasFailed) {
    dns_.add_wire("example.org", Type::a, "123");
    const auto answer = a("example.org");
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().trouble, Trouble::malformed);
}

TEST_F(ResolverTest, KeepsTheBestOfTooMany) {
    for (std::uint16_t i = 0; i < 300; ++i)
        dns_.add_mx("example.org", static_cast<std::uint16_t>(300 - i), "h" + std::to_string(i) + ".example.org");
    const auto answer = mx("example.org");
    ASSERT_EQ(answer->records.size(), kMostRecords);
    EXPECT_EQ(answer->records.front().preference, 1);
    EXPECT_EQ(answer->records.back().preference, 100);
}

TEST_F(ResolverTest, FollowsAliasesAndSaysWhereTheyLed) {
    dns_.add_alias("www.example.org", "host.example.org");
    dns_.add_address("host.example.org", "2001:db8::1");
    dns_.sign("www.example.org");
    const auto answer = loop_.run(dns_.aaaa("www.example.org", async::after(1min)));
    EXPECT_EQ(answer->canonical_name, "host.example.org");
    EXPECT_EQ(answer->records.at(0).text(), "2001:db8::1");
    EXPECT_FALSE(answer->secure);  // one step of the chain is not signed
}

TEST_F(ResolverTest, AsksForAnAddressBackwards) {
    dns_.add_ptr("192.0.2.1", "mail.example.org");
    const auto answer = loop_.run(dns_.ptr(*IpAddress::parse("192.0.2.1"), async::after(1min)));
    EXPECT_EQ(answer->records, std::vector<std::string>{"mail.example.org"});
    EXPECT_EQ(dns_.asked(), std::vector<std::string>{"PTR 1.2.0.192.in-addr.arpa"});
}

Task<void> pass_time() {
    co_await async::yield();
    Loop::current().advance(1h);
}

Task<void> keep_trouble(FakeResolver* dns, std::optional<Trouble>* trouble) {
    const auto answer = co_await dns->a("slow.example.org", async::after(10s));
    if (!answer) *trouble = answer.error().trouble;
}

TEST_F(ResolverTest, EndsAtTheDeadline) {
    dns_.add_address("slow.example.org", "192.0.2.1");
    dns_.answer_after(20s);
    std::optional<Trouble> trouble;
    const auto body = [&](Scope& scope) {
        scope.spawn(keep_trouble(&dns_, &trouble));
        return pass_time();
    };
    loop_.run(async::scoped(body));
    EXPECT_EQ(trouble, Trouble::timed_out);
}

}  // namespace
}  // namespace md::dns
