// net/disconnected.h - a stream is over
//
// CONTRACT
//   Thrown only in net/, once a connection. Only the owner of the accepted stream lets it end a session; a client of
//   something else catches its own stream's and returns Unavailable or Deferred. No std::exception, so that who keeps
//   this machine's faults lets it through.
#pragma once

#include <cstdint>
#include <string_view>

namespace md::net {

class Stream;

enum class EndReason : std::uint8_t {
    closed,       ///< the peer closed in good order
    reset,        ///< the connection broke, or TLS ended without close_notify
    timed_out,    ///< the peer was silent or did not read for longer than it may
    tls,          ///< the handshake or a TLS record failed
    stopped,      ///< we are going: drain or shutdown
    compression,  ///< what came is no deflate, or unpacks to too much
};

struct Disconnected {
    Disconnected(const Stream* over, EndReason why) noexcept : stream(over), reason(why) {}

    const Stream* stream;
    EndReason reason;
};

/// "closed", "reset", "timed-out", "tls", "stopped", "compression": as log lines name it.
[[nodiscard]] std::string_view name(EndReason reason) noexcept;

}  // namespace md::net
