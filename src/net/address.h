// net/address.h - an IPv4 or IPv6 address with a port
//
// CONTRACT
//   A value; no look-up of names. Addresses themselves: base/address.h.
#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <string>

#include "base/address.h"

namespace md::net {

class SocketAddress {
  public:
    SocketAddress() = default;
    SocketAddress(const IpAddress& ip, std::uint16_t port) : ip_(ip), port_(port) {}
    [[nodiscard]] static SocketAddress from_system(const sockaddr_storage& raw) noexcept;

    [[nodiscard]] const IpAddress& ip() const noexcept { return ip_; }
    [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
    /// "192.0.2.1:25", "[2001:db8::1]:25"
    [[nodiscard]] std::string text() const;
    /// Fills `raw`; returns its length.
    socklen_t to_system(sockaddr_storage& raw) const noexcept;

  private:
    IpAddress ip_;
    std::uint16_t port_ = 0;
};

}  // namespace md::net
