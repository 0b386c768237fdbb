// base/address.h - IPv4 and IPv6 addresses, and networks in CIDR form
//
// CONTRACT
//   Values; no look-up of names. An IPv4 address mapped into IPv6 (::ffff:a.b.c.d) is held as the IPv4 address that it
//   is, so ::/0 means every IPv6 address and IPv4 is meant only by networks of its own. Host bits beyond a network's
//   prefix ("10.0.0.1/8") are refused: such a row is a typing error more often than not.
// RFC
//   4632 §3.1 (CIDR), 4291 §2.2 and §2.5.5.2
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace md {

class IpAddress {
  public:
    IpAddress() = default;  ///< 0.0.0.0
    [[nodiscard]] static std::optional<IpAddress> parse(std::string_view text) noexcept;
    /// 4 or 16 octets in network order; none: another length.
    [[nodiscard]] static std::optional<IpAddress> from_octets(std::string_view octets) noexcept;

    [[nodiscard]] bool v6() const noexcept { return v6_; }
    [[nodiscard]] bool loopback() const noexcept;
    [[nodiscard]] std::string text() const;
    /// 4 or 16 octets, network order.
    [[nodiscard]] std::string_view octets() const noexcept {
        return {reinterpret_cast<const char*>(octets_.data()), v6_ ? 16U : 4U};
    }
    friend auto operator<=>(const IpAddress&, const IpAddress&) = default;

  private:
    std::array<std::uint8_t, 16> octets_{};
    bool v6_ = false;
};

/// "192.0.2.0/24", "2001:db8::/32"; a bare address is a network of one.
class Network {
  public:
    [[nodiscard]] static std::optional<Network> parse(std::string_view text) noexcept;
    [[nodiscard]] bool contains(const IpAddress& address) const noexcept;
    /// False also for a text that is no address.
    [[nodiscard]] bool contains(std::string_view address) const noexcept;
    [[nodiscard]] const IpAddress& base() const noexcept { return base_; }
    [[nodiscard]] unsigned prefix_bits() const noexcept { return bits_; }
    [[nodiscard]] std::string text() const;

    friend bool operator==(const Network&, const Network&) = default;

  private:
    IpAddress base_;
    unsigned bits_ = 0;
};

}  // namespace md
