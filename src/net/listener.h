// net/listener.h - sockets that listen, and connections made and taken
//
// CONTRACT
//   One listening socket an address, shared by all workers that accept on it. At most 16 connections are taken a turn,
//   so that those that are there are served too. When descriptors run out accepting pauses for a tenth of a second
//   instead of spinning, and says so once until a connection could be taken again.
#pragma once

#include <sys/types.h>

#include <functional>
#include <optional>
#include <string>

#include "async/task.h"
#include "async/wait.h"
#include "base/fd.h"
#include "base/result.h"
#include "net/address.h"

namespace md::net {

/// Bound and listening, non-blocking; SystemError with the address as its path.
[[nodiscard]] Fd listen_tcp(const SocketAddress& address);
/// A stale socket file in its place is replaced.
[[nodiscard]] Fd listen_unix(const std::string& path, mode_t permissions);

struct Accepted {
    Accepted(Fd f, const SocketAddress& p, const SocketAddress& l) : fd(std::move(f)), peer(p), local(l) {}
    Fd fd;
    SocketAddress peer;  ///< 0.0.0.0:0 for a Unix socket
    SocketAddress local;
};

/// Told why accepting pauses, in words of the system.
using TellPause = std::function<void(const char* cause)>;

/// Gives each connection to `take` until `stop` is woken. Neither function may wait or throw.
async::Task<void> accept_loop(int listening_fd, async::WaitPoint& stop, std::function<void(Accepted)> take,
                              TellPause paused = nullptr);

struct ConnectError {
    int code;  ///< errno; ETIMEDOUT by the deadline
};

/// From `source`, if given, which is an address of this machine and of the same family. What is written leaves at once.
async::Task<Result<Fd, ConnectError>> connect_tcp(SocketAddress address, async::Deadline deadline,
                                                  std::optional<IpAddress> source = std::nullopt);
async::Task<Result<Fd, ConnectError>> connect_unix(std::string path, async::Deadline deadline);

}  // namespace md::net
