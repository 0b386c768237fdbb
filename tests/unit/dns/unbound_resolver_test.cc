// tests/unit/dns/unbound_resolver_test.cc - dns/unbound_resolver.h, against a real name server

#include "dns/unbound_resolver.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <fstream>

#include "async/loop.h"
#include "async/scope.h"
#include "async/sync.h"
#include "base/error.h"
#include "base/fd.h"
#include "config/config.h"
#include "unit/dns/name_server.h"

namespace md::dns {
namespace {

using namespace std::chrono_literals;
using async::Loop;
using async::Scope;
using async::Task;

/// One server for all cases: signing and starting takes a second.
class UnboundTest : public testing::Test {
  protected:
    static void SetUpTestSuite() {
        missing_ = NameServer::missing();
        if (missing_.empty()) server_ = new NameServer;
    }
    static void TearDownTestSuite() {
        delete server_;
        server_ = nullptr;
    }
    void SetUp() override {
        if (server_ == nullptr) GTEST_SKIP() << "not installed: " << missing_;
        settings_.servers = {server_->address()};
        settings_.trust_anchors = server_->anchors();
    }

    template <class Ask>
    auto look(Ask ask) {
        UnboundResolver resolver(settings_);
        return loop_.run(ask(resolver));
    }
    Looked<Mx> mx(const std::string& domain) {
        return look([&](Resolver& r) { return r.mx(domain, async::after(30s)); });
    }
    Looked<IpAddress> a(const std::string& host) {
        return look([&](Resolver& r) { return r.a(host, async::after(30s)); });
    }

    static inline NameServer* server_ = nullptr;
    static inline std::string missing_;
    Loop loop_;
    UnboundSettings settings_;
};

TEST_F(UnboundTest, MxComesByPreferenceWithItsTtl) {
    const auto answer = mx("EXAMPLE.test.");
    ASSERT_TRUE(answer) << answer.error().detail;
    ASSERT_EQ(answer->records.size(), 3u);
    EXPECT_EQ(answer->records[0], (Mx{10, "first.example.test"}));
    EXPECT_EQ(answer->records[1].preference, 20);
    EXPECT_EQ(answer->records[2].preference, 20);
    EXPECT_GT(answer->ttl, 500s);
    EXPECT_LE(answer->ttl, 600s);
    EXPECT_FALSE(answer->secure);
}

TEST_F(UnboundTest, ReadsEachType) {
    UnboundResolver resolver(settings_);
    const auto until = async::after(30s);
    const auto a = loop_.run(resolver.a("first.example.test", until));
    EXPECT_EQ(a->records.at(0).text(), "192.0.2.1");
    const auto aaaa = loop_.run(resolver.aaaa("first.example.test", until));
    EXPECT_EQ(aaaa->records.at(0).text(), "2001:db8::1");
    const auto txt = loop_.run(resolver.txt("example.test", until));
    EXPECT_EQ(txt->records.at(0), "v=spf1 -all");
    const auto tlsa = loop_.run(resolver.tlsa("_25._tcp.first.example.test", until));
    EXPECT_EQ(tlsa->records.at(0).usage, 3);
    EXPECT_EQ(tlsa->records.at(0).data.size(), 32u);
    const auto none = loop_.run(resolver.mx("nomail.example.test", until));
    EXPECT_EQ(none->records.at(0), (Mx{0, ""}));
}

TEST_F(UnboundTest, FollowsAliases) {
    const auto answer = a("alias.example.test");
    ASSERT_TRUE(answer) << answer.error().detail;
    EXPECT_EQ(answer->canonical_name, "first.example.test");
    EXPECT_EQ(answer->records.at(0).text(), "192.0.2.1");
}

TEST_F(UnboundTest, TellsNoNameFromNoData) {
    EXPECT_EQ(a("nowhere.example.test")->outcome, Outcome::no_name);
    EXPECT_EQ(a("lost.example.test")->outcome, Outcome::no_name);  // an alias into nothing
    EXPECT_EQ(mx("first.example.test")->outcome, Outcome::no_data);
    EXPECT_TRUE(mx("first.example.test")->records.empty());
}

TEST_F(UnboundTest, AServerThatFailsIsNoAnswer) {
    const auto answer = a("host.broken.test");
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().trouble, Trouble::server_failed) << answer.error().detail;
}

TEST_F(UnboundTest, SignedAnswersAreSecureAlsoWhenThereIsNone) {
    UnboundResolver resolver(settings_);
    const auto until = async::after(30s);
    const auto found = loop_.run(resolver.tlsa("_25._tcp.first.signed.test", until));
    ASSERT_TRUE(found) << found.error().detail;
    EXPECT_TRUE(found->secure);
    const auto no_data = loop_.run(resolver.txt("first.signed.test", until));
    ASSERT_TRUE(no_data) << no_data.error().detail;
    EXPECT_EQ(no_data->outcome, Outcome::no_data);
    EXPECT_TRUE(no_data->secure);
    const auto no_name = loop_.run(resolver.tlsa("_25._tcp.second.signed.test", until));
    ASSERT_TRUE(no_name) << no_name.error().detail;
    EXPECT_EQ(no_name->outcome, Outcome::no_name);
    EXPECT_TRUE(no_name->secure);
}

TEST_F(UnboundTest, AnAliasIntoAnUnsignedZoneIsInsecure) {
    const auto answer = a("far.signed.test");
    ASSERT_TRUE(answer) << answer.error().detail;
    EXPECT_EQ(answer->canonical_name, "first.example.test");
    EXPECT_FALSE(answer->secure);
}

TEST_F(UnboundTest, BogusIsAFailedLookUp) {
    for (const auto* host : {"first.stale.test", "nowhere.stale.test", "first.other.test"}) {
        const auto answer = a(host);
        ASSERT_FALSE(answer) << host;
        EXPECT_EQ(answer.error().trouble, Trouble::bogus) << answer.error().detail;
    }
}

TEST_F(UnboundTest, WithoutAnchorsNothingIsValidated) {
    settings_.trust_anchors.clear();
    const auto stale = a("first.stale.test");
    ASSERT_TRUE(stale) << stale.error().detail;
    EXPECT_FALSE(stale->secure);
    EXPECT_FALSE(a("first.signed.test")->secure);
}

/// A server that takes questions and never answers.
class SilentServer {
  public:
    SilentServer() : fd_(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        ::bind(fd_.get(), reinterpret_cast<const sockaddr*>(&address), size);
        ::getsockname(fd_.get(), reinterpret_cast<sockaddr*>(&address), &size);
        port_ = ntohs(address.sin_port);
    }
    [[nodiscard]] std::string address() const { return "127.0.0.1:" + std::to_string(port_); }

  private:
    Fd fd_;
    std::uint16_t port_ = 0;
};

UnboundSettings silent(const SilentServer& server) {
    UnboundSettings settings;
    settings.servers = {server.address()};
    return settings;
}

TEST(UnboundResolver, EndsAtItsOwnTime) {
    Loop loop;
    const SilentServer server;
    auto settings = silent(server);
    settings.timeout = 50ms;
    UnboundResolver resolver(settings);
    const auto answer = loop.run(resolver.a("host.example.test", async::never()));
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().trouble, Trouble::timed_out);
}

TEST(UnboundResolver, EndsAtTheDeadlineIfThatIsFirst) {
    Loop loop;
    const SilentServer server;
    auto settings = silent(server);
    settings.timeout = 1h;
    UnboundResolver resolver(settings);
    const auto answer = loop.run(resolver.a("host.example.test", async::after(50ms)));
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().trouble, Trouble::timed_out);
}

Task<void> ask_for_ever(UnboundResolver* resolver, bool* answered) {
    const auto answer = co_await resolver->a("host.example.test", async::never());
    *answered = true;
    EXPECT_FALSE(answer);
}

Task<void> leave_soon(Scope& scope) {
    co_await async::sleep_for(20ms);
    scope.cancel();
}

TEST(UnboundResolver, IsLeftAtOnceByWhoIsCancelled) {
    Loop loop;
    const SilentServer server;
    auto settings = silent(server);
    settings.timeout = 1h;
    settings.in_flight = 1;  // one of the two waits for its turn
    bool answered = false;
    {
        UnboundResolver resolver(settings);
        const auto body = [&](Scope& scope) {
            scope.spawn(ask_for_ever(&resolver, &answered));
            scope.spawn(ask_for_ever(&resolver, &answered));
            return leave_soon(scope);
        };
        loop.run(async::scoped(body));
    }
    EXPECT_FALSE(answered);
}

Task<void> note_detail(UnboundResolver* resolver, async::Duration limit, std::string* detail) {
    const auto answer = co_await resolver->a("host.example.test", async::after(limit));
    EXPECT_FALSE(answer);
    if (!answer) *detail = answer.error().detail;
}

Task<void> nothing() {
    co_return;
}

TEST(UnboundResolver, AsksNoMoreAtOnceThanItMay) {
    Loop loop;
    const SilentServer server;
    auto settings = silent(server);
    settings.timeout = 1h;
    settings.in_flight = 1;
    UnboundResolver resolver(settings);
    std::string first, second;
    const auto body = [&](Scope& scope) {
        scope.spawn(note_detail(&resolver, 300ms, &first));
        scope.spawn(note_detail(&resolver, 50ms, &second));
        return nothing();
    };
    loop.run(async::scoped(body));
    EXPECT_EQ(first, "A host.example.test: timed out");
    EXPECT_EQ(second, "A host.example.test: timed out (too many look-ups at once)");
}

Task<void> ask_many(UnboundResolver* resolver, int* found) {
    const auto answer = co_await resolver->a("first.example.test", async::after(30s));
    if (answer && answer->found()) ++*found;
}

TEST_F(UnboundTest, ThoseWhoWaitForTheirTurnGetIt) {
    settings_.in_flight = 3;
    UnboundResolver resolver(settings_);
    int found = 0;
    const auto body = [&](Scope& scope) {
        for (int i = 0; i < 50; ++i) scope.spawn(ask_many(&resolver, &found));
        return nothing();
    };
    loop_.run(async::scoped(body));
    EXPECT_EQ(found, 50);
}

TEST(UnboundResolver, SaysThatItsAnchorsCannotBeUsed) {
    Loop loop;
    UnboundSettings settings;
    settings.trust_anchors = "/there/is/no/such/file";
    EXPECT_THROW(UnboundResolver resolver(settings), SystemError);
    const test::TemporaryDirectory directory;
    settings.trust_anchors = directory.path() + "/anchors";
    std::ofstream(settings.trust_anchors) << "this is no record\n";
    EXPECT_THROW(UnboundResolver resolver(settings), SystemError);
}

TEST_F(UnboundTest, WhoIsLenientAsksWithoutAnchorsThatCannotBeUsed) {
    for (const auto& [anchors, faults] :
         {std::pair(std::string("/nonexistent/root.key"), 1), std::pair(settings_.trust_anchors, 0)}) {
        const auto config = config::load_text(
            "[dns]\nservers = [\"" + settings_.servers.front() + "\"]\ntrust_anchors = \"" + anchors + "\"\n",
            "/mdmail.conf");
        ASSERT_TRUE(config);
        int told = 0;
        const auto resolver = make_lenient_resolver(**config, [&](const SystemError&) { ++told; });
        EXPECT_EQ(told, faults);
        EXPECT_TRUE(loop_.run(resolver->mx("example.test", async::after(30s))).has_value());
    }
}

TEST(UnboundSettings, ComeFromTheConfiguration) {
    const auto config = config::load_text(
        "hostname = \"mail.example.org\"\n[dns]\nservers = [\"192.0.2.1\", \"[2001:db8::1]:5353\"]\n"
        "trust_anchors = \"\"\ntimeout = \"3s\"\nin_flight = 7\n",
        "/t.conf");
    ASSERT_TRUE(config) << config::describe(config.error());
    const auto settings = unbound_settings(**config);
    EXPECT_EQ(settings.servers, (std::vector<std::string>{"192.0.2.1", "[2001:db8::1]:5353"}));
    EXPECT_EQ(settings.trust_anchors, "");
    EXPECT_EQ(settings.timeout, 3s);
    EXPECT_EQ(settings.in_flight, 7u);
}

}  // namespace
}  // namespace md::dns
