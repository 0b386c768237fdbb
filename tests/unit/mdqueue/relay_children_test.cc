// tests/unit/mdqueue/relay_children_test.cc - mdqueue/relay_children.h, with a child that dies of some messages

#include "mdqueue/relay_children.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>

#include "async/loop.h"
#include "ipc/server.h"
#include "mdqueue/relay_protocol.h"
#include "net/listener.h"
#include "support/memory_sink.h"
#include "support/temporary_directory.h"

namespace md::mdqueue {
namespace {

using namespace std::chrono_literals;
using async::Scope;
using async::Task;

struct RelayChildrenTest : testing::Test {
    using Story = Task<void> (RelayChildrenTest::*)(Scope&);

    RelayChildrenTest() { std::signal(SIGPIPE, SIG_IGN); }

    void play(Story story) {
        auto body = [&](Scope& scope) { return live(scope, story); };
        loop_.run(async::scoped(body));
    }
    Task<void> live(Scope& scope, Story story) {
        listening_ = net::listen_unix(directory_ / "relay-0.sock", 0600);
        scope.spawn(child(listening_.get()));
        children_ = std::make_unique<RelayChildren>(scope, std::vector<std::string>{directory_ / "relay-0.sock"});
        co_await (this->*story)(scope);
        scope.cancel();
    }
    /// One life after the other.
    Task<void> child(int listening) {
        for (;;) {
            dying_.clear();
            server_.emplace("relay", std::vector<uid_t>{::geteuid()}, log::Logger(sink_));
            server_->on(relay_request::kRelay, [this](ipc::Call call) { return relay(std::move(call)); });
            auto body = [&](Scope& scope) { return one_life(scope, listening); };
            co_await async::scoped(body);
            ++deaths_;
        }
    }
    Task<void> one_life(Scope& scope, int listening) {
        scope.spawn(server_->serve(listening, stop_.point()));
        co_await dying_.wait(async::never());
        scope.cancel();
    }
    Task<ipc::Reply> relay(ipc::Call call) {
        most_ = std::max(most_, ++running_);
        const auto over = [this](int*) { --running_; };
        const std::unique_ptr<int, decltype(over)> guard(&running_, over);
        if (call.payload == "die") {
            alone_at_death_.push_back(running_ == 1);
            dying_.set();
        }
        async::Duration time = call.payload == "slow" ? async::Duration(100ms) : async::Duration(24h);
        if (call.payload != "quick") co_await async::sleep_for(time);
        co_return ipc::Reply("sent");
    }
    Task<void> give(std::uint64_t id, std::string what) {
        std::vector<Fd> none;
        auto sent = co_await children_->call(0, QueueId(id), std::move(what), std::move(none));
        ends_.push_back(std::to_string(id) + (sent.answer ? " " + *sent.answer : sent.kills ? " kills" : " not sent"));
    }
    Task<void> kills_thrice(Scope&) {
        for (int i = 0; i < 3; ++i) co_await give(13, "die");
        co_await give(1, "quick");
    }
    Task<void> in_company(Scope& scope) {
        scope.spawn(give(1, "long"));
        scope.spawn(give(2, "long"));
        co_await give(13, "die");
        while (ends_.size() < 3) co_await async::sleep_for(1ms);
        EXPECT_EQ(children_->suspects(), 3U);
        co_await give(1, "quick");
        co_await give(2, "quick");
        EXPECT_EQ(children_->suspects(), 1U) << "an answer clears";
        for (int i = 0; i < 3; ++i) co_await give(13, "die");
    }
    Task<void> company_of_a_suspect(Scope& scope) {
        co_await give(13, "die");
        scope.spawn(give(1, "slow"));
        co_await async::sleep_for(5ms);
        scope.spawn(give(13, "die"));
        co_await async::sleep_for(5ms);
        scope.spawn(give(2, "quick"));
        while (ends_.size() < 4) co_await async::sleep_for(1ms);
        EXPECT_EQ(ends_, (std::vector<std::string>{"13 not sent", "1 sent", "13 not sent", "2 sent"}));
        EXPECT_EQ(children_->suspects(), 1U);
    }
    /// A suspect that is only slow.
    Task<void> nobody_waits_for_long(Scope& scope) {
        co_await give(13, "die");
        scope.spawn(give(13, "long"));
        scope.spawn(give(1, "quick"));
        co_await async::sleep_for(20ms);
        EXPECT_EQ(ends_.size(), 1U);
        loop_.advance(RelayChildren::kAlone);
        while (ends_.size() < 2) co_await async::sleep_for(1ms);
        EXPECT_EQ(ends_.back(), "1 sent");
    }
    Task<void> the_child_is_never_free(Scope& scope) {
        co_await give(13, "die");
        scope.spawn(give(1, "long"));
        co_await async::sleep_for(5ms);
        scope.spawn(give(13, "die"));
        co_await async::sleep_for(5ms);
        loop_.advance(RelayChildren::kPatience);
        while (ends_.size() < 2) co_await async::sleep_for(1ms);
        EXPECT_EQ(ends_.back(), "13 not sent");
        EXPECT_EQ(deaths_, 1U) << "it was not given";
    }

    async::Loop loop_;
    md::test::TemporaryDirectory directory_;
    md::test::MemorySink sink_;
    async::Signal dying_;
    async::Signal stop_;
    Fd listening_;
    std::optional<ipc::Server> server_;
    std::unique_ptr<RelayChildren> children_;
    std::vector<std::string> ends_;
    std::vector<bool> alone_at_death_;
    int running_ = 0;
    int most_ = 0;
    unsigned deaths_ = 0;
};

TEST_F(RelayChildrenTest, ThreeDeathsAloneSpeakForThemselves) {
    play(&RelayChildrenTest::kills_thrice);
    EXPECT_EQ(ends_, (std::vector<std::string>{"13 not sent", "13 not sent", "13 kills", "1 sent"}));
    EXPECT_EQ(children_->suspects(), 0U);
}

TEST_F(RelayChildrenTest, WhoKeptCompanyIsNotBlamed) {
    play(&RelayChildrenTest::in_company);
    EXPECT_EQ(alone_at_death_, (std::vector<bool>{false, true, true, true}));
    EXPECT_EQ(ends_.back(), "13 kills") << "after the third alone";
    EXPECT_EQ(std::count(ends_.begin(), ends_.end(), "13 not sent"), 3);
}

TEST_F(RelayChildrenTest, ASuspectIsGivenAlone) {
    play(&RelayChildrenTest::company_of_a_suspect);
    EXPECT_EQ(alone_at_death_, (std::vector<bool>{true, true}));
}

TEST_F(RelayChildrenTest, NobodyWaitsForOneForLong) {
    play(&RelayChildrenTest::nobody_waits_for_long);
}

TEST_F(RelayChildrenTest, NorDoesItForEver) {
    play(&RelayChildrenTest::the_child_is_never_free);
}

}  // namespace
}  // namespace md::mdqueue
