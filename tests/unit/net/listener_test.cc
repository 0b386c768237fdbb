// tests/unit/net/listener_test.cc - net/listener.h

#include "net/listener.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <cerrno>
#include <vector>

#include "async/loop.h"
#include "async/scope.h"
#include "async/sync.h"
#include "base/error.h"
#include "support/temporary_directory.h"

namespace md::net {
namespace {

using async::after;
using async::Loop;
using async::Scope;
using async::Task;
using std::chrono::seconds;

Task<void> connect_many(Scope& scope, int listening, std::string path, int count, std::vector<Accepted>* taken) {
    async::Signal stop;
    auto take = [taken, count, &stop](Accepted one) {
        taken->push_back(std::move(one));
        if (taken->size() == static_cast<std::size_t>(count)) stop.set();
    };
    std::function<void(Accepted)> taker = take;
    scope.spawn(accept_loop(listening, stop.point(), taker));
    std::vector<Fd> clients;
    for (int i = 0; i < count; ++i) {
        auto fd = co_await connect_unix(path, after(seconds(5)));
        EXPECT_TRUE(fd.has_value());
        if (fd) clients.push_back(std::move(*fd));
    }
    co_await scope.join();
}

TEST(Listener, TakesAllThatCome) {
    Loop loop;
    md::test::TemporaryDirectory directory;
    const auto path = directory / "socket";
    const auto fd = listen_unix(path, 0600);
    std::vector<Accepted> taken;
    auto body = [&](Scope& scope) { return connect_many(scope, fd.get(), path, 50, &taken); };
    loop.run(async::scoped(body));
    EXPECT_EQ(taken.size(), 50u);
}

/// Descriptors run out behind the client's; later there are some again.
Task<void> run_out_of_descriptors(Scope& scope, int listening, std::string path, std::vector<std::string>* told) {
    async::Signal stop;
    int taken = 0;
    std::function<void(Accepted)> take = [&](Accepted) { ++taken; };
    const TellPause paused = [told](const char* cause) { told->emplace_back(cause); };
    scope.spawn(accept_loop(listening, stop.point(), take, paused));
    const auto first = co_await connect_unix(path, after(seconds(5)));
    EXPECT_TRUE(first.has_value());
    rlimit before{};
    ::getrlimit(RLIMIT_NOFILE, &before);
    auto none = before;
    none.rlim_cur = static_cast<rlim_t>(first->get()) + 1;
    ::setrlimit(RLIMIT_NOFILE, &none);
    while (told->empty()) co_await async::yield();
    for (int i = 0; i < 3; ++i) {  // it looks again, and says no more
        Loop::current().advance(std::chrono::milliseconds(200));
        co_await async::yield();
    }
    EXPECT_EQ(taken, 0);
    ::setrlimit(RLIMIT_NOFILE, &before);
    const auto until = after(seconds(5));
    while (taken == 0 && Loop::current().now() < until) co_await async::sleep_for(std::chrono::milliseconds(10));
    EXPECT_EQ(taken, 1);
    stop.set();
}

TEST(Listener, SaysOnceThatItPausesForLackOfDescriptors) {
    Loop loop;
    md::test::TemporaryDirectory directory;
    const auto path = directory / "socket";
    const auto fd = listen_unix(path, 0600);
    std::vector<std::string> told;
    auto body = [&](Scope& scope) { return run_out_of_descriptors(scope, fd.get(), path, &told); };
    loop.run(async::scoped(body));
    EXPECT_EQ(told, std::vector<std::string>{"Too many open files"});
}

TEST(Listener, AStaleSocketFileIsReplaced) {
    md::test::TemporaryDirectory directory;
    (void)listen_unix(directory / "socket", 0600);
    EXPECT_NO_THROW((void)listen_unix(directory / "socket", 0600));
}

Task<int> connect_code(SocketAddress address) {
    const auto fd = co_await connect_tcp(address, after(seconds(2)));
    co_return fd ? 0 : fd.error().code;
}

TEST(Listener, ConnectTellsWhyNot) {
    Loop loop;
    const SocketAddress nowhere(*IpAddress::parse("127.0.0.1"), 1);
    EXPECT_EQ(loop.run(connect_code(nowhere)), ECONNREFUSED);
}

TEST(Listener, AnAddressInUseIsNamed) {
    const SocketAddress any(*IpAddress::parse("127.0.0.1"), 0);
    const auto first = listen_tcp(any);
    sockaddr_storage raw;
    socklen_t size = sizeof raw;
    ASSERT_EQ(::getsockname(first.get(), reinterpret_cast<sockaddr*>(&raw), &size), 0);
    try {
        (void)listen_tcp(SocketAddress::from_system(raw));
        FAIL() << "bound twice";
    } catch (const SystemError& error) {
        EXPECT_EQ(error.code(), EADDRINUSE);
        EXPECT_EQ(error.path(), SocketAddress::from_system(raw).text());
    }
}

}  // namespace
}  // namespace md::net
