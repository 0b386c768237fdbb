// tests/unit/relay/connector_test.cc - relay/connector.h

#include "relay/connector.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cerrno>
#include <map>

#include "async/loop.h"
#include "async/scope.h"

namespace md::relay {
namespace {

using namespace std::chrono_literals;

/// What comes of each address, and after how long.
class SlowNetwork final : public Connector {
  public:
    struct End {
        async::Duration after{0};
        int code = 0;  ///< 0: a connection
    };
    std::map<std::string, End> ends;
    std::vector<std::string> asked;

    async::Task<Result<Fd, net::ConnectError>> connect(net::SocketAddress address, async::Deadline deadline,
                                                       std::optional<IpAddress>) override {
        const auto ip = address.ip().text();
        asked.push_back(ip);
        const auto end = ends[ip];
        const auto due = async::after(end.after);
        co_await async::sleep_until(std::min(due, deadline));
        if (deadline < due) co_return fail(net::ConnectError{ETIMEDOUT});
        if (end.code != 0) co_return fail(net::ConnectError{end.code});
        co_return Fd(::dup(0));
    }
};

class ReachFirst : public testing::Test {
  protected:
    /// "2 after ETIMEDOUT, ECONNREFUSED": which answered, what the others said.
    std::string reach(const std::vector<std::string>& addresses) {
        std::vector<Way> ways;
        for (const auto& one : addresses)
            ways.emplace_back(net::SocketAddress(*IpAddress::parse(one), 25), std::nullopt);
        auto body = [&](async::Scope& scope) { return run(scope, std::move(ways)); };
        loop_.run(async::scoped(body));
        std::string text = reached_.fd ? std::to_string(reached_.which) : "nobody";
        for (const auto& failure : reached_.failures)
            text += failure ? failure->code == ETIMEDOUT ? " slow" : " refused" : " -";
        return text;
    }

    async::Loop loop_;
    SlowNetwork network_;

  private:
    async::Task<void> run(async::Scope& scope, std::vector<Way> ways) {
        done_ = false;
        scope.spawn(let_time_pass());
        reached_ = co_await reach_first(network_, std::move(ways), 30s);
        done_ = true;
    }
    /// A second in a few milliseconds.
    async::Task<void> let_time_pass() {
        while (!done_) {
            loop_.advance(100ms);
            co_await async::yield();
        }
    }
    Reached reached_;
    bool done_ = false;
};

TEST_F(ReachFirst, TheFirstWhereItAnswers) {
    EXPECT_EQ(reach({"192.0.2.1", "192.0.2.2"}), "0 - -");
    network_.ends["192.0.2.1"] = {500ms, 0};
    EXPECT_EQ(reach({"192.0.2.1", "192.0.2.2"}), "0 - -");
    EXPECT_EQ(network_.asked.size(), 2U) << "the second is left alone";
}

TEST_F(ReachFirst, TheNextAtOnceWhereItRefuses) {
    network_.ends["2001:db8::1"] = {0ms, ENETUNREACH};
    network_.ends["192.0.2.1"] = {10ms, ECONNREFUSED};
    EXPECT_EQ(reach({"2001:db8::1", "192.0.2.1", "192.0.2.2"}), "2 refused refused -");
}

TEST_F(ReachFirst, TheNextSoonWhereNothingIsHeard) {
    network_.ends["2001:db8::1"] = {24h, 0};
    EXPECT_EQ(reach({"2001:db8::1", "192.0.2.1"}), "1 slow -");
}

TEST_F(ReachFirst, ALateAnswerIsAsGood) {
    network_.ends["2001:db8::1"] = {3s, 0};
    network_.ends["192.0.2.1"] = {10s, 0};
    EXPECT_EQ(reach({"2001:db8::1", "192.0.2.1"}), "0 - slow");
}

TEST_F(ReachFirst, Nobody) {
    network_.ends["192.0.2.1"] = {24h, 0};
    network_.ends["192.0.2.2"] = {2s, ECONNREFUSED};
    EXPECT_EQ(reach({"192.0.2.1", "192.0.2.2"}), "nobody slow refused");
    EXPECT_EQ(reach({"192.0.2.2"}), "nobody refused");
}

TEST_F(ReachFirst, BySystem) {
    TcpConnector connector;
    const auto fd = net::listen_tcp(net::SocketAddress(*IpAddress::parse("127.0.0.1"), 0));
    sockaddr_storage raw{};
    socklen_t size = sizeof raw;
    ASSERT_EQ(::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&raw), &size), 0);
    const auto address = net::SocketAddress::from_system(raw);
    const auto connected = loop_.run(connector.connect(address, async::after(5s), std::nullopt));
    EXPECT_TRUE(connected);
}

}  // namespace
}  // namespace md::relay
