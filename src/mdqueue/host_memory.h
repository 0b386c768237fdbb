// mdqueue/host_memory.h - which addresses of other hosts do not answer, or fail at TLS
//
// PURPOSE
//   A mail exchanger that is down, or an address that nobody routes, costs a time-out. It is paid once: until its rest
//   is over other addresses are asked first. A host whose STARTTLS fails is likewise spoken to without at once, where
//   that is allowed. When a rest is over one courier probes; a probe in vain makes the next rest twice as long.
// CONTRACT
//   Pure: no I/O, no clock; `now` is steady. On a relay child's loop, and of that child alone: a destination always has
//   the same one, so what several destinations share is learnt once by each child, and forgotten by a reload. That all
//   of a destination's hosts are down is for the manager to heed (destinations.h), which knows how to wait.
//   Nothing here forbids an address: who has no other asks it all the same. At most kMost addresses are known.
// RFC
//   5321 §4.5.4.1: the client keeps a list of hosts it cannot reach; 7435 (what TLS that may be there is worth)
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <unordered_map>

#include "net/address.h"

namespace md::mdqueue {

class HostMemory {
  public:
    using Time = std::chrono::steady_clock::time_point;
    using Duration = std::chrono::steady_clock::duration;
    static constexpr std::size_t kMost = 10'000;

    enum class Fault : std::uint8_t { silent, tls };

    /// `probe`: how long a probe takes at most.
    struct Rules {
        Duration rest = std::chrono::minutes(1);
        Duration longest_rest = std::chrono::minutes(30);
        Duration probe = std::chrono::minutes(1);
    };

    explicit HostMemory(const Rules& rules) : rules_(rules) {}

    /// It rests, or another probes it.
    [[nodiscard]] bool rests(const net::SocketAddress& address, Fault fault, Time now) const;
    /// It is asked now: until it is noted or forgotten, or the time of a probe is over, others take it as resting.
    void probe(const net::SocketAddress& address, Fault fault, Time now);
    void note(const net::SocketAddress& address, Fault fault, Time now);
    void forget(const net::SocketAddress& address, Fault fault);

    [[nodiscard]] std::size_t size() const noexcept { return known_.size(); }

  private:
    struct Known {
        unsigned rests = 0;  ///< in a row
        bool resting = false;
        Time until;
    };

    [[nodiscard]] static std::string key(const net::SocketAddress& address, Fault fault);
    void make_room(Time now);

    Rules rules_;
    std::unordered_map<std::string, Known> known_;
};

}  // namespace md::mdqueue
