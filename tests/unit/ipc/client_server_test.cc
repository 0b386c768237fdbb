// tests/unit/ipc/client_server_test.cc - ipc/client.h and ipc/server.h, each in one process with the other

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "async/loop.h"
#include "async/scope.h"
#include "ipc/client.h"
#include "ipc/server.h"
#include "net/listener.h"
#include "support/memory_sink.h"
#include "support/temporary_directory.h"

namespace md::ipc {
namespace {

using async::Loop;
using async::Scope;
using async::Task;
using std::chrono::milliseconds;
using std::chrono::seconds;
using Answer = Result<Reply, Unavailable>;

enum : std::uint16_t { kEcho = 1, kWait = 2, kFail = 3, kDescriptors = 4 };

Task<Reply> echo(Call call) {
    co_return Reply(std::move(call.payload));
}
Task<Reply> wait_and_echo(Call call) {
    const milliseconds time(std::stoi(call.payload));
    co_await async::sleep_for(time);
    co_return Reply(std::move(call.payload));
}
Task<Reply> fails(Call) {
    co_await async::yield();
    throw std::runtime_error("disk on fire");
}
Task<Reply> gives_back(Call call) {
    co_return Reply("", std::move(call.descriptors));
}

class ClientServer : public ::testing::Test {
  protected:
    ClientServer() : server_(make_server({::geteuid()})) { listen(); }

  public:
    Server make_server(std::vector<uid_t> peers) {
        Server server("test.sock", std::move(peers), log::Logger(sink_));
        server.on(kEcho, echo);
        server.on(kWait, wait_and_echo);
        server.on(kFail, fails);
        server.on(kDescriptors, gives_back);
        return server;
    }
    void listen() { listening_ = net::listen_unix(path_, 0600); }

    /// Runs `test` beside the server, then stops the server in order.
    void run(Task<void> (*test)(ClientServer&, Scope&)) {
        const auto body = [&](Scope& scope) { return beside(scope, test); };
        loop_.run(async::scoped(body));
    }
    Task<void> beside(Scope& scope, Task<void> (*test)(ClientServer&, Scope&)) {
        scope.spawn(server_.serve(listening_.get(), stop_.point()));
        const auto body = [&](Scope& inner) { return test(*this, inner); };
        co_await async::scoped(body);
        stop_.set();
    }

    Loop loop_;
    test::MemorySink sink_;
    test::TemporaryDirectory folder_;
    std::string path_ = folder_ / "s";
    Server server_;
    Fd listening_;
    async::Signal stop_;
    Server next_ = make_server({::geteuid()});
    async::Signal stop_next_;
    std::string expected_last_;
};

Task<void> ask(Client& client, std::uint16_t type, std::string payload, std::vector<std::string>* order) {
    const auto answer = co_await client.call(type, std::move(payload), seconds(5));
    order->push_back(answer ? answer->payload : "unavailable: " + answer.error().reason);
}

Task<void> many_in_any_order(ClientServer& t, Scope& scope) {
    Client client(scope, t.path_);
    std::vector<std::string> order;
    const auto body = [&](Scope& inner) {
        inner.spawn(ask(client, kWait, "60", &order));
        inner.spawn(ask(client, kWait, "20", &order));
        return ask(client, kEcho, "0", &order);
    };
    co_await async::scoped(body);
    EXPECT_EQ(order, (std::vector<std::string>{"0", "20", "60"}));
}

TEST_F(ClientServer, AnswersManyRequestsOfOneConnectionInAnyOrder) {
    run(many_in_any_order);
}

Task<void> more_than_is_read(ClientServer& t, Scope& scope) {
    Client client(scope, t.path_);
    std::vector<std::string> order;
    scope.spawn(ask(client, kWait, "60", &order));
    scope.spawn(ask(client, kWait, "61", &order));
    co_await ask(client, kEcho, "0", &order);
    while (order.size() < 3) co_await async::sleep_for(milliseconds(5));
    EXPECT_NE(order.front(), t.expected_last_);
    EXPECT_EQ(order.back(), t.expected_last_);
}

TEST_F(ClientServer, SoManyRequestsAreReadBeforeOneIsAnswered) {
    server_.allow_in_flight(3);
    expected_last_ = "61";
    run(more_than_is_read);
}

TEST_F(ClientServer, NoMoreThanThat) {
    server_.allow_in_flight(1);
    expected_last_ = "0";
    run(more_than_is_read);
}

Task<void> failures(ClientServer& t, Scope& scope) {
    Client client(scope, t.path_);
    const auto failed = co_await client.call(kFail, "", seconds(5));
    EXPECT_FALSE(failed);
    const auto unknown = co_await client.call(99, "", seconds(5));
    EXPECT_NE(unknown.error().reason.find("unknown request 99"), std::string::npos);
    const auto slow = co_await client.call(kWait, "200", milliseconds(10));
    EXPECT_NE(slow.error().reason.find("no answer in time"), std::string::npos);
    const auto well = co_await client.call(kEcho, "still here", seconds(5));
    EXPECT_EQ(well->payload, "still here");
    EXPECT_EQ(t.sink_.count(Event::IpcRequestFailed), 1U);
}

TEST_F(ClientServer, TellFailuresApartAndGoOn) {
    run(failures);
}

Task<void> descriptors(ClientServer& t, Scope& scope) {
    Client client(scope, t.path_);
    std::vector<Fd> fds;
    fds.emplace_back(::open("/dev/zero", O_RDONLY | O_CLOEXEC));
    const auto answer = co_await client.call(kDescriptors, "", std::move(fds), seconds(5));
    EXPECT_TRUE(answer);
    if (!answer) co_return;
    EXPECT_EQ(answer->descriptors.size(), 1U);
    char octet = 1;
    EXPECT_EQ(::read(answer->descriptors[0].get(), &octet, 1), 1);
}

TEST_F(ClientServer, PassDescriptorsThereAndBack) {
    run(descriptors);
}

Task<void> asks_nobody(Scope& scope) {
    Client client(scope, "/nonexistent/socket");
    const auto answer = co_await client.call(kEcho, "", seconds(60));
    EXPECT_FALSE(answer);
}

TEST(Client, SaysAtOnceThatNobodyIsThere) {
    Loop loop;
    loop.run(async::scoped(asks_nobody));
}

Task<void> survives_restart(ClientServer& t, Scope& scope) {
    Client client(scope, t.path_);
    const auto before = co_await client.call(kEcho, "1", seconds(5));
    EXPECT_TRUE(before);
    t.stop_.set();  // the server ends its connections
    co_await async::sleep_for(milliseconds(20));
    t.stop_.clear();
    t.listen();
    scope.spawn(t.server_.serve(t.listening_.get(), t.stop_.point()));
    const auto after = co_await client.call(kEcho, "2", seconds(5));
    EXPECT_TRUE(after) << after.error().reason;
    t.stop_.set();
}

TEST_F(ClientServer, FindEachOtherAgainAfterTheServerWasStartedAnew) {
    run(survives_restart);
}

Task<void> stops_in_flight(ClientServer& t, Scope& scope) {
    Client client(scope, t.path_);
    std::vector<std::string> order;
    scope.spawn(ask(client, kWait, "50", &order));
    co_await async::sleep_for(milliseconds(20));
    t.stop_.set();
    while (order.empty()) co_await async::sleep_for(milliseconds(5));
    EXPECT_EQ(order.at(0), "50");
}

TEST_F(ClientServer, StopOnlyWhenWhatWasAskedIsAnswered) {
    run(stops_in_flight);
}

/// Another process listens on the same socket meanwhile, as after a reload.
Task<void> goes_to_the_next(ClientServer& t, Scope& scope) {
    Client client(scope, t.path_);
    std::vector<std::string> order;
    scope.spawn(ask(client, kWait, "200", &order));
    co_await async::sleep_for(milliseconds(20));
    t.stop_.set();
    co_await async::sleep_for(milliseconds(20));
    scope.spawn(t.next_.serve(t.listening_.get(), t.stop_next_.point()));
    co_await ask(client, kEcho, "new", &order);
    co_await ask(client, kEcho, "again", &order);
    while (order.size() < 3) co_await async::sleep_for(milliseconds(5));
    EXPECT_EQ(order, (std::vector<std::string>{"new", "again", "200"}));
    t.stop_next_.set();
    EXPECT_EQ(t.sink_.count(Event::IpcBroken), 0U);
}

TEST_F(ClientServer, WhoEndsHoldsNothingThatIsNotItsOwn) {
    run(goes_to_the_next);
}

Task<void> sent_before_the_stop(ClientServer& t, Scope& scope) {
    Client client(scope, t.path_);
    const auto connected = co_await client.call(kEcho, "", seconds(5));
    EXPECT_TRUE(connected);
    std::vector<std::string> order;
    t.stop_.set();
    scope.spawn(ask(client, kEcho, "sent", &order));  // at once, before the server's turn
    while (order.empty()) co_await async::sleep_for(milliseconds(5));
    EXPECT_EQ(order.at(0), "sent");
}

TEST_F(ClientServer, WhatWasSentBeforeTheStopIsAnswered) {
    run(sent_before_the_stop);
}

Task<void> ends_while_the_server_ends(ClientServer& t, Scope& scope) {
    Client client(scope, t.path_);
    std::vector<std::string> order;
    scope.spawn(ask(client, kWait, "60000", &order));
    co_await async::sleep_for(milliseconds(20));
    t.stop_.set();
    co_await async::sleep_for(milliseconds(20));
    scope.cancel();
}

TEST_F(ClientServer, NothingIsDoneForAPeerThatHasGone) {
    const auto begin = std::chrono::steady_clock::now();
    run(ends_while_the_server_ends);
    EXPECT_LT(std::chrono::steady_clock::now() - begin, seconds(30));
}

Task<void> is_refused(ClientServer& t, Scope& scope) {
    Client client(scope, t.path_);
    const auto answer = co_await client.call(kEcho, "", seconds(5));
    EXPECT_FALSE(answer);
    EXPECT_EQ(t.sink_.count(Event::IpcRefused), 1U);
}

TEST_F(ClientServer, DoNotSpeakToAUserWhoMayNot) {
    server_ = make_server({::geteuid() + 1});
    run(is_refused);
}

Task<void> sends_rubbish(ClientServer& t, Scope& scope) {
    const auto deadline = async::after(seconds(5));
    auto fd = co_await net::connect_unix(t.path_, deadline);
    EXPECT_EQ(::write(fd->get(), "this is no frame at all", 23), 23);
    Client client(scope, t.path_);
    const auto answer = co_await client.call(kEcho, "x", seconds(5));
    EXPECT_TRUE(answer);
    EXPECT_EQ(t.sink_.count(Event::IpcBroken), 1U);
}

TEST_F(ClientServer, EndOnlyTheConnectionThatCarriesRubbish) {
    run(sends_rubbish);
}

Task<void> breaks_off(ClientServer& t, Scope& scope) {
    {
        Client client(scope, t.path_);
        const auto answer = co_await client.call(kWait, "5000", milliseconds(20));
        EXPECT_FALSE(answer);
    }
    co_await async::sleep_for(milliseconds(20));
    Client other(scope, t.path_);
    const auto answer = co_await other.call(kEcho, "x", seconds(5));
    EXPECT_TRUE(answer);
}

TEST_F(ClientServer, DropWhatNobodyWaitsForAnyMore) {
    const auto begin = std::chrono::steady_clock::now();
    run(breaks_off);
    EXPECT_LT(std::chrono::steady_clock::now() - begin, seconds(3));
}

}  // namespace
}  // namespace md::ipc
