// tests/unit/daemon/proxied_test.cc - daemon/proxied.h, over a real pair of sockets

#include "daemon/proxied.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <array>
#include <string>

#include "async/loop.h"
#include "async/scope.h"
#include "base/fd.h"

namespace md::daemon {
namespace {

using async::Task;

const std::string kBinary = std::string("\r\n\r\n\0\r\nQUIT\n", 12);
const std::string kAddresses("\xc0\x00\x02\x37\xc6\x33\x64\x02\x12\x67\x00\x19", 12);

class Balancer {
  public:
    Balancer() {
        std::array<int, 2> ends{};
        EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends.data()), 0);
        near_ = Fd(ends[0]);
        far_ = Fd(ends[1]);
    }

    /// What the daemon makes of these octets, sent in pieces of `step`: the client, or what was wrong.
    std::string told(const std::string& octets, std::size_t step, bool closes = false) {
        async::Loop loop;
        std::string out;
        auto body = [&](async::Scope& scope) { return talk(scope, octets, step, closes, out); };
        loop.run(async::scoped(body));
        return out;
    }

    /// What is left in the socket for the session.
    std::string rest() {
        std::array<char, 4096> buffer{};
        const auto size = ::recv(far_.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
        return {buffer.data(), size > 0 ? static_cast<std::size_t>(size) : 0};
    }

  private:
    Task<void> talk(async::Scope& scope, const std::string& octets, std::size_t step, bool closes, std::string& out) {
        scope.spawn(send(octets, step, closes));
        const auto deadline = async::after(std::chrono::milliseconds(300));
        const net::SocketAddress peer(*IpAddress::parse("192.0.2.1"), 1);
        const auto client = co_await proxied_client(far_.get(), peer, deadline);
        out = client ? client->text() : std::string(client.error());
        scope.cancel();
    }

    Task<void> send(const std::string& octets, std::size_t step, bool closes) {
        for (std::size_t at = 0; at < octets.size(); at += step) {
            const auto piece = octets.substr(at, step);
            EXPECT_EQ(::send(near_.get(), piece.data(), piece.size(), MSG_NOSIGNAL),
                      static_cast<ssize_t>(piece.size()));
            co_await async::sleep_for(std::chrono::milliseconds(1));
        }
        if (closes) ::shutdown(near_.get(), SHUT_WR);
    }

    Fd near_;
    Fd far_;
};

std::string told(const std::string& octets, std::size_t step = 4096, bool closes = false) {
    return Balancer().told(octets, step, closes);
}

TEST(ProxiedClient, WhateverTheHeadersForm) {
    EXPECT_EQ(told("PROXY TCP4 192.0.2.55 198.51.100.2 4711 25\r\n"), "192.0.2.55:4711");
    EXPECT_EQ(told("PROXY TCP6 2001:db8::55 2001:db8::2 4711 25\r\n"), "[2001:db8::55]:4711");
    EXPECT_EQ(told(kBinary + std::string("\x21\x11\x00\x0c", 4) + kAddresses), "192.0.2.55:4711");
    const std::string values("\x04\x00\x03\x00\x00\x00\x01\x00\x01\x41", 10);
    EXPECT_EQ(told(kBinary + std::string("\x21\x11\x00\x16", 4) + kAddresses + values), "192.0.2.55:4711") << "TLVs";
}

TEST(ProxiedClient, TheBalancerForItself) {
    EXPECT_EQ(told("PROXY UNKNOWN\r\n"), "192.0.2.1:1");
    EXPECT_EQ(told("PROXY UNKNOWN 192.0.2.55 198.51.100.2 4711 25\r\n"), "192.0.2.1:1");
    EXPECT_EQ(told(kBinary + std::string("\x20\x00\x00\x00", 4)), "192.0.2.1:1") << "LOCAL";
    EXPECT_EQ(told(kBinary + std::string("\x20\x11\x00\x0c", 4) + kAddresses), "192.0.2.1:1") << "LOCAL";
    EXPECT_EQ(told(kBinary + std::string("\x21\x31\x00\xd8", 4) + std::string(216, 'x')), "192.0.2.1:1") << "AF_UNIX";
}

TEST(ProxiedClient, TrickledHeadersAreWhole) {
    EXPECT_EQ(told("PROXY TCP4 192.0.2.55 198.51.100.2 4711 25\r\n", 1), "192.0.2.55:4711");
    EXPECT_EQ(told(kBinary + std::string("\x21\x11\x00\x0c", 4) + kAddresses, 1), "192.0.2.55:4711");
}

TEST(ProxiedClient, NoOctetMoreIsTaken) {
    Balancer balancer;
    EXPECT_EQ(balancer.told("PROXY TCP4 192.0.2.55 198.51.100.2 4711 25\r\nEHLO x\r\n", 4096), "192.0.2.55:4711");
    EXPECT_EQ(balancer.rest(), "EHLO x\r\n");
}

TEST(ProxiedClient, HalfAHeaderIsNone) {
    EXPECT_EQ(told("PROXY TCP4 192.0.2.55 "), "half a PROXY header");
    EXPECT_EQ(told(""), "no PROXY header in time");
    EXPECT_EQ(told("", 1, true), "closed without a PROXY header");
    EXPECT_EQ(told(kBinary + std::string("\x21\x11\x00\x0c\xc0", 5)), "half a PROXY header");
    EXPECT_EQ(told("EHLO client.example\r\n"), "no PROXY header");
    EXPECT_EQ(told("PROXY TCP4 192.0.2.55\r\n"), "no PROXY header");
}

}  // namespace
}  // namespace md::daemon
