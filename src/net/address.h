// net/address.h - IPv4 and IPv6 addresses, with port, and networks in CIDR
//
// CONTRACT
//   Values; no look-up of names. An IPv4 address mapped into IPv6 (::ffff:a.b.c.d) is held as the IPv4 address that it
//   is.
#pragma once

#include <sys/socket.h>

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace md::net {

class IpAddress {
  public:
    IpAddress() = default;  ///< 0.0.0.0
    [[nodiscard]] static std::optional<IpAddress> parse(std::string_view text) noexcept;

    [[nodiscard]] bool v6() const noexcept { return v6_; }
    [[nodiscard]] bool loopback() const noexcept;
    [[nodiscard]] std::string text() const;
    /// 4 or 16 octets, network order.
    [[nodiscard]] std::string_view octets() const noexcept {
        return {reinterpret_cast<const char*>(octets_.data()), v6_ ? 16U : 4U};
    }
    friend auto operator<=>(const IpAddress&, const IpAddress&) = default;

  private:
    friend class SocketAddress;
    std::array<std::uint8_t, 16> octets_{};
    bool v6_ = false;
};

/// "192.0.2.0/24", "2001:db8::/32"; a bare address is a network of one.
class Network {
  public:
    /// Bits beyond the prefix must be zero, or it is none.
    [[nodiscard]] static std::optional<Network> parse(std::string_view text) noexcept;
    [[nodiscard]] bool contains(const IpAddress& address) const noexcept;
    [[nodiscard]] const IpAddress& base() const noexcept { return base_; }
    [[nodiscard]] unsigned prefix_bits() const noexcept { return bits_; }
    [[nodiscard]] std::string text() const;

  private:
    IpAddress base_;
    unsigned bits_ = 0;
};

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
