// net/listener.cc - see listener.h

#include "net/listener.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "async/fd_watch.h"
#include "async/loop.h"
#include "base/error.h"

namespace md::net {

using async::Deadline;
using async::Task;
using async::Wait;
using async::Woken;

namespace {

constexpr int kBacklog = 1024;
constexpr auto kPauseWithoutDescriptors = std::chrono::milliseconds(100);

Fd make_socket(int family) {
    Fd fd(::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!fd) throw SystemError("socket", "", errno);
    return fd;
}

sockaddr_un unix_address(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path) throw SystemError("bind", path, ENAMETOOLONG);
    std::copy(path.begin(), path.end(), address.sun_path);
    return address;
}

SocketAddress local_of(int fd) {
    sockaddr_storage raw{};
    socklen_t size = sizeof raw;
    if (::getsockname(fd, reinterpret_cast<sockaddr*>(&raw), &size) != 0) return {};
    return SocketAddress::from_system(raw);
}

/// Commands, replies and messages are written whole: waiting for more to send would only delay them.
void send_at_once(int fd) {
    const int on = 1;
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

bool out_of_descriptors(int code) {
    return code == EMFILE || code == ENFILE || code == ENOBUFS || code == ENOMEM;
}

/// One connection; none: look at `code`.
Fd accept_one(int listening_fd, SocketAddress& peer, int& code) {
    sockaddr_storage raw{};
    socklen_t size = sizeof raw;
    Fd fd(::accept4(listening_fd, reinterpret_cast<sockaddr*>(&raw), &size, SOCK_NONBLOCK | SOCK_CLOEXEC));
    code = fd ? 0 : errno;
    if (!fd) return fd;
    peer = SocketAddress::from_system(raw);
    if (raw.ss_family != AF_UNIX) send_at_once(fd.get());
    return fd;
}

Task<Result<Fd, ConnectError>> connect_to(Fd fd, const sockaddr* address, socklen_t size, Deadline deadline) {
    async::FdWatch watch(fd.get());
    while (::connect(fd.get(), address, size) != 0) {
        const int code = errno;
        if (code == EISCONN) break;
        if (code == EINTR) continue;
        // A Unix socket with a full backlog says EAGAIN and never becomes writable for it.
        if (code == EAGAIN) {
            if (async::Loop::current().now() >= deadline) co_return fail(ConnectError{ETIMEDOUT});
            co_await async::sleep_for(std::chrono::milliseconds(5));
            continue;
        }
        if (code != EINPROGRESS && code != EALREADY) co_return fail(ConnectError{code});
        const auto woken = co_await Wait(watch.writable(), deadline);
        if (woken == Woken::timed_out) co_return fail(ConnectError{ETIMEDOUT});
        int result = 0;
        socklen_t result_size = sizeof result;
        ::getsockopt(fd.get(), SOL_SOCKET, SO_ERROR, &result, &result_size);
        if (result != 0) co_return fail(ConnectError{result});
        break;
    }
    co_return std::move(fd);
}

}  // namespace

Fd listen_tcp(const SocketAddress& address) {
    auto fd = make_socket(address.ip().v6() ? AF_INET6 : AF_INET);
    const int on = 1;
    ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (address.ip().v6()) ::setsockopt(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
    sockaddr_storage raw;
    const auto size = address.to_system(raw);
    if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&raw), size) != 0)
        throw SystemError("bind", address.text(), errno);
    if (::listen(fd.get(), kBacklog) != 0) throw SystemError("listen", address.text(), errno);
    return fd;
}

Fd listen_unix(const std::string& path, mode_t permissions) {
    auto fd = make_socket(AF_UNIX);
    const auto address = unix_address(path);
    if (::unlink(path.c_str()) != 0 && errno != ENOENT) throw SystemError("unlink", path, errno);
    if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
        throw SystemError("bind", path, errno);
    if (::chmod(path.c_str(), permissions) != 0) throw SystemError("chmod", path, errno);
    if (::listen(fd.get(), kBacklog) != 0) throw SystemError("listen", path, errno);
    return fd;
}

Task<void> accept_loop(int listening_fd, async::WaitPoint& stop, std::function<void(Accepted)> take, TellPause paused) {
    async::FdWatch watch(listening_fd);
    bool told = false;
    for (;;) {
        int code = 0;
        SocketAddress peer;
        // One a turn: others listen at the same socket, and each of them shall have some.
        auto fd = accept_one(listening_fd, peer, code);
        if (fd) {
            told = false;
            const auto local = local_of(fd.get());
            take(Accepted(std::move(fd), peer, local));
        }
        if (out_of_descriptors(code)) {
            if (!std::exchange(told, true) && paused) paused(std::strerror(code));
            const auto until = async::after(kPauseWithoutDescriptors);
            const auto woken = co_await Wait(stop, until);
            if (woken == Woken::first) co_return;
            continue;
        }
        const auto woken = co_await Wait(stop, watch.readable(), async::never());
        if (woken == Woken::first) co_return;
    }
}

Task<Result<Fd, ConnectError>> connect_tcp(SocketAddress address, Deadline deadline, std::optional<IpAddress> source) {
    Fd fd(::socket(address.ip().v6() ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    // A machine without IPv6 cannot reach such an address: no failure of this machine.
    if (!fd && errno == EAFNOSUPPORT) co_return fail(ConnectError{EAFNOSUPPORT});
    if (!fd) throw SystemError("socket", "", errno);
    send_at_once(fd.get());
    sockaddr_storage raw;
    if (source) {
        const auto source_size = SocketAddress(*source, 0).to_system(raw);
        if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&raw), source_size) != 0)
            co_return fail(ConnectError{errno});
    }
    const auto size = address.to_system(raw);
    const auto* raw_address = reinterpret_cast<const sockaddr*>(&raw);
    auto result = co_await connect_to(std::move(fd), raw_address, size, deadline);
    co_return std::move(result);
}

Task<Result<Fd, ConnectError>> connect_unix(std::string path, Deadline deadline) {
    auto fd = make_socket(AF_UNIX);
    const auto address = unix_address(path);
    const auto* raw_address = reinterpret_cast<const sockaddr*>(&address);
    auto result = co_await connect_to(std::move(fd), raw_address, sizeof address, deadline);
    co_return std::move(result);
}

}  // namespace md::net
