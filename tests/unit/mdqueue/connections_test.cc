// tests/unit/mdqueue/connections_test.cc - mdqueue/connections.h

#include "mdqueue/connections.h"

#include "unit/relay/scripted_server.h"

namespace md::mdqueue {
namespace {

using namespace std::chrono_literals;
using relay::test::hello;
using relay::test::Script;

const Script kQuit{"C: QUIT", "S: 221 bye"};

/// Connections to one server, kept under the keys of `keep`.
struct ConnectionsTest : testing::Test {
    using Story = async::Task<void> (ConnectionsTest::*)();

    ConnectionsTest() { std::signal(SIGPIPE, SIG_IGN); }

    void play(std::vector<Script> scripts, Story story) {
        count_ = scripts.size();
        peer_ = std::make_unique<relay::test::ScriptedServer>(std::move(scripts));
        auto body = [&](async::Scope& scope) { return live(scope, story); };
        loop_.run(async::scoped(body));
        for (const auto& fault : peer_->faults) ADD_FAILURE() << fault;
        EXPECT_EQ(peer_->finished, count_);
    }
    async::Task<void> keep(std::string key, std::chrono::milliseconds time = 1h) {
        auto kept = std::make_unique<Connections::Kept>();
        kept->key = key;
        kept->host = key + std::to_string(++opened_);
        kept->client = std::make_unique<relay::Client>(pool_, "client.test", timeouts_);
        relay::Server server;
        server.name = "mx.test";
        server.unix_path = directory_ / "mx.sock";
        const auto failure = co_await kept->client->open(std::move(server));
        EXPECT_FALSE(failure);
        kept->until = async::after(time);
        co_await connections_.keep(std::move(kept));
    }
    async::Task<void> the_youngest_first() {
        co_await keep("a");
        co_await keep("b");
        co_await keep("a");
        auto one = connections_.take("a");
        EXPECT_EQ(connections_.size(), 2U);
        EXPECT_EQ(one->host, "a3");
        co_await one->client->quit();
        const auto none = connections_.take("c");
        EXPECT_EQ(none, nullptr);
        co_await connections_.close();
        EXPECT_EQ(connections_.size(), 0U);
    }
    async::Task<void> the_oldest_goes() {
        for (const auto* key : {"a", "b", "a", "a", "a"}) co_await keep(key);
        EXPECT_EQ(connections_.size(), 4U) << "three of one";
        co_await keep("c");
        co_await keep("d");
        EXPECT_EQ(connections_.size(), 5U) << "and five in all";
        for (const auto* host : {"a5", "a4", "a3"}) {
            auto one = connections_.take("a");
            EXPECT_EQ(one ? one->host : "none", host);
            if (one) co_await one->client->quit();
        }
        EXPECT_EQ(connections_.take("b"), nullptr) << "the oldest of all";
        co_await connections_.close();
    }
    /// Two say nothing to QUIT: who is behind them does not wait for each in turn.
    async::Task<void> silence_holds_nobody_up() {
        co_await keep("a", 1ms);
        co_await keep("b", 1ms);
        co_await keep("c", 1ms);
        loop_.advance(2s);
        auto sweep = [this](async::Scope& scope) { return sweep_until_the_last_is_told(scope); };
        co_await async::scoped(sweep);
    }
    async::Task<void> sweep_until_the_last_is_told(async::Scope& scope) {
        scope.spawn(connections_.sweep());
        while (connections_.size() > 0) {
            loop_.advance(1s);
            co_await async::sleep_for(1ms);
        }
        const auto end = std::chrono::steady_clock::now() + 5s;
        while (peer_->finished == 0 && std::chrono::steady_clock::now() < end) co_await async::sleep_for(1ms);
        EXPECT_EQ(peer_->finished, 1U) << "the one that answers";
        scope.cancel();
    }
    async::Task<void> those_whose_time_is_over() {
        co_await keep("a", 1ms);
        co_await keep("b", 1h);
        loop_.advance(2s);
        auto sweep = [this](async::Scope& scope) { return sweep_for_a_while(scope); };
        co_await async::scoped(sweep);
        EXPECT_EQ(connections_.size(), 1U);
        co_await connections_.close();
    }
    async::Task<void> sweep_for_a_while(async::Scope& scope) {
        scope.spawn(connections_.sweep());
        const auto end = std::chrono::steady_clock::now() + 5s;
        while (connections_.size() > 1 && std::chrono::steady_clock::now() < end) {
            loop_.advance(1s);
            co_await async::sleep_for(1ms);
        }
        co_await async::sleep_for(20ms);
        scope.cancel();
    }

    async::Loop loop_;
    async::WorkerPool pool_{1};
    md::test::TemporaryDirectory directory_;
    relay::Timeouts timeouts_;
    Connections connections_{{3, 5}};
    std::unique_ptr<relay::test::ScriptedServer> peer_;
    std::size_t count_ = 0;
    unsigned opened_ = 0;

  private:
    async::Task<void> live(async::Scope& scope, Story story) {
        const auto fd = net::listen_unix(directory_ / "mx.sock", 0600);
        std::function<void(net::Accepted)> take = [&](net::Accepted one) {
            scope.spawn(peer_->serve(std::make_unique<net::Stream>(std::move(one.fd), one.peer, one.local)));
        };
        async::Signal stop;
        scope.spawn(net::accept_loop(fd.get(), stop.point(), take));
        co_await (this->*story)();
        while (scope.children() > 1) co_await async::sleep_for(1ms);
        stop.set();
        co_await scope.join();
    }
};

TEST_F(ConnectionsTest, TheYoungestOfAKeyIsTaken) {
    play({hello() + kQuit, hello() + kQuit, hello() + kQuit}, &ConnectionsTest::the_youngest_first);
}

TEST_F(ConnectionsTest, WhatIsTooMuchIsTheOldest) {
    play(std::vector<Script>(7, hello() + kQuit), &ConnectionsTest::the_oldest_goes);
}

TEST_F(ConnectionsTest, WhoseTimeIsOverIsToldGoodbye) {
    play({hello() + kQuit, hello() + kQuit}, &ConnectionsTest::those_whose_time_is_over);
}

TEST_F(ConnectionsTest, ASilentServerHoldsNobodyUp) {
    timeouts_.quit = 60s;
    const Script silent{"C: QUIT", "SILENCE"};
    play({hello() + silent, hello() + silent, hello() + kQuit}, &ConnectionsTest::silence_holds_nobody_up);
}

}  // namespace
}  // namespace md::mdqueue
