// config/network.h - a CIDR block, as lists of networks in the configuration hold it
//
// CONTRACT
//   IPv4 is kept as IPv4-mapped IPv6, so that one comparison serves both and a mapped peer address is the IPv4 one.
//   parse() refuses host bits beyond the prefix ("10.0.0.1/8"): such a row is a typing error more often than not.
// RFC
//   4632 §3.1 (CIDR), 4291 §2.2 and §2.5.5.2
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace md::config {

class Network {
  public:
    /// "192.0.2.0/24", "2001:db8::/32", or an address alone; none: not one of these.
    [[nodiscard]] static std::optional<Network> parse(std::string_view text);

    /// False also for a text that is no address.
    [[nodiscard]] bool contains(std::string_view address) const noexcept;
    [[nodiscard]] std::string text() const;

    friend bool operator==(const Network&, const Network&) = default;

  private:
    std::array<std::uint8_t, 16> prefix_{};
    std::uint8_t bits_ = 0;  ///< of the mapped form: an IPv4 /24 is 120
};

}  // namespace md::config
