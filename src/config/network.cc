// config/network.cc - see network.h

#include "config/network.h"

#include <arpa/inet.h>

#include <algorithm>
#include <cstring>

#include "base/strings.h"

namespace md::config {

namespace {

using Octets = std::array<std::uint8_t, 16>;

constexpr std::uint8_t kMappedBits = 96;

struct Address {
    Octets octets{};
    bool v4 = false;
};

std::optional<Address> parse_address(std::string_view text) noexcept {
    char buffer[INET6_ADDRSTRLEN];
    if (text.empty() || text.size() >= sizeof(buffer) || text.find('\0') != std::string_view::npos) return std::nullopt;
    std::memcpy(buffer, text.data(), text.size());
    buffer[text.size()] = '\0';
    Address address;
    if (inet_pton(AF_INET6, buffer, address.octets.data()) == 1) return address;
    address.octets = {};
    address.octets[10] = address.octets[11] = 0xff;
    address.v4 = true;
    if (inet_pton(AF_INET, buffer, address.octets.data() + 12) == 1) return address;
    return std::nullopt;
}

bool bit(const Octets& octets, std::size_t index) noexcept {
    return (octets[index / 8] >> (7 - index % 8) & 1) != 0;
}

bool is_mapped(const Octets& octets) noexcept {
    return std::all_of(octets.begin(), octets.begin() + 10, [](auto o) { return o == 0; }) && octets[10] == 0xff &&
           octets[11] == 0xff;
}

}  // namespace

std::optional<Network> Network::parse(std::string_view text) {
    const auto slash = text.find('/');
    const auto address = parse_address(text.substr(0, slash));
    if (!address) return std::nullopt;
    const std::uint8_t longest = address->v4 ? 32 : 128;
    auto bits = longest;
    if (slash != std::string_view::npos) {
        const auto given = parse_number<std::uint8_t>(text.substr(slash + 1));
        if (!given || *given > longest) return std::nullopt;
        bits = *given;
    }
    Network network;
    network.prefix_ = address->octets;
    network.bits_ = static_cast<std::uint8_t>(address->v4 ? bits + kMappedBits : bits);
    for (std::size_t i = network.bits_; i < 128; ++i)
        if (bit(network.prefix_, i)) return std::nullopt;
    return network;
}

bool Network::contains(std::string_view address) const noexcept {
    const auto other = parse_address(address);
    if (!other) return false;
    for (std::size_t i = 0; i < bits_; ++i)
        if (bit(prefix_, i) != bit(other->octets, i)) return false;
    // ::/0 means every IPv6 address; IPv4 is meant only by networks of its own.
    return is_mapped(prefix_) || !is_mapped(other->octets);
}

std::string Network::text() const {
    char buffer[INET6_ADDRSTRLEN] = "";
    const bool v4 = bits_ >= kMappedBits && is_mapped(prefix_);
    if (v4) {
        inet_ntop(AF_INET, prefix_.data() + 12, buffer, sizeof(buffer));
    } else {
        inet_ntop(AF_INET6, prefix_.data(), buffer, sizeof(buffer));
    }
    return std::string(buffer) + "/" + std::to_string(v4 ? bits_ - kMappedBits : bits_);
}

}  // namespace md::config
