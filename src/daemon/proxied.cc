// daemon/proxied.cc - see proxied.h

#include "daemon/proxied.h"

#include <sys/socket.h>

#include <array>
#include <cerrno>

#include "async/fd_watch.h"
#include "async/loop.h"
#include "proto/proxy_header.h"

namespace md::daemon {

using async::Task;
using async::Woken;

namespace {

/// Half a header stays readable: looked at again after this time, not in a spin.
constexpr auto kPause = std::chrono::milliseconds(10);

}  // namespace

Task<Result<net::SocketAddress, std::string_view>> proxied_client(int fd, net::SocketAddress peer,
                                                                  async::Deadline deadline) {
    async::FdWatch watch(fd);
    std::array<char, proto::kProxyHeaderLimit> octets{};
    for (;;) {
        const auto woken = co_await async::Wait(watch.readable(), deadline);
        if (woken == Woken::timed_out) co_return fail(std::string_view("no PROXY header in time"));
        const auto size = ::recv(fd, octets.data(), octets.size(), MSG_PEEK | MSG_DONTWAIT);
        if (size < 0 && (errno == EAGAIN || errno == EINTR)) continue;
        if (size <= 0) co_return fail(std::string_view("closed without a PROXY header"));
        const auto header = proto::read_proxy_header({octets.data(), static_cast<std::size_t>(size)});
        if (header) {
            // It stands in the socket's buffer: nothing to wait for.
            if (::recv(fd, octets.data(), header->size, MSG_DONTWAIT) != static_cast<ssize_t>(header->size))
                co_return fail(std::string_view("the PROXY header cannot be read"));
            if (header->client) peer = net::SocketAddress(*header->client, header->client_port);
            co_return peer;
        }
        if (header.error() == proto::ProxyFault::malformed) co_return fail(std::string_view("no PROXY header"));
        co_await async::sleep_for(kPause);
        if (async::Loop::current().now() >= deadline) co_return fail(std::string_view("half a PROXY header"));
    }
}

}  // namespace md::daemon
