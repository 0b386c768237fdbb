// relay/connector.h - how a connection to an address comes about, and which of several addresses is taken
//
// PURPOSE
//   reach_first() connects to the first of a host's addresses that answers: each is begun kNextAfter behind the one
//   before it, or as soon as that has failed. So an address that swallows what is sent to it, as IPv6 often does where
//   nobody routes it, costs a second and not the whole time-out.
// CONTRACT
//   On the loop. What does not come about is a value. Of the connections that were begun one is left, the others are
//   closed without a word. Connector is an interface for tests alone; TcpConnector is the system.
// RFC
//   8305 §5 (its delay, which is for people who wait, is 250 ms; a mail host that is asked twice for nothing is a
//   nuisance)
#pragma once

#include <chrono>
#include <optional>
#include <vector>

#include "async/task.h"
#include "base/fd.h"
#include "base/result.h"
#include "net/address.h"
#include "net/listener.h"

namespace md::relay {

class Connector {
  public:
    virtual ~Connector() = default;
    virtual async::Task<Result<Fd, net::ConnectError>> connect(net::SocketAddress address, async::Deadline deadline,
                                                               std::optional<IpAddress> source) = 0;
};

class TcpConnector final : public Connector {
  public:
    async::Task<Result<Fd, net::ConnectError>> connect(net::SocketAddress address, async::Deadline deadline,
                                                       std::optional<IpAddress> source) override;
};

inline constexpr auto kNextAfter = std::chrono::seconds(1);

struct Way {
    net::SocketAddress address;
    std::optional<IpAddress> source;

    Way(const net::SocketAddress& a, std::optional<IpAddress> s) : address(a), source(s) {}
};

struct Reached {
    Fd fd;                  ///< none: nobody answered
    std::size_t which = 0;  ///< the way that did
    /// Of each way that was begun in vain, why; ETIMEDOUT: another answered before it.
    std::vector<std::optional<net::ConnectError>> failures;
};

/// `limit` is of each way; there is one at least.
[[nodiscard]] async::Task<Reached> reach_first(Connector& connector, std::vector<Way> ways, async::Duration limit);

}  // namespace md::relay
