// base/address.cc - see address.h

#include "base/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>

#include "base/strings.h"

namespace md {

namespace {

constexpr std::string_view kMappedV4("\0\0\0\0\0\0\0\0\0\0\xff\xff", 12);
constexpr unsigned kMappedBits = 96;

}  // namespace

std::optional<IpAddress> IpAddress::from_octets(std::string_view octets) noexcept {
    if (octets.size() == 16 && octets.starts_with(kMappedV4)) octets.remove_prefix(kMappedV4.size());
    if (octets.size() != 4 && octets.size() != 16) return std::nullopt;
    IpAddress address;
    address.v6_ = octets.size() == 16;
    std::copy(octets.begin(), octets.end(), address.octets_.begin());
    return address;
}

std::optional<IpAddress> IpAddress::parse(std::string_view text) noexcept {
    std::array<char, INET6_ADDRSTRLEN> copy{};
    // inet_pton reads up to a NUL, and what follows one would be accepted unseen.
    if (text.empty() || text.size() >= copy.size() || text.find('\0') != std::string_view::npos) return std::nullopt;
    std::copy(text.begin(), text.end(), copy.begin());
    std::array<char, 16> octets{};
    if (inet_pton(AF_INET, copy.data(), octets.data()) == 1) return from_octets({octets.data(), 4});
    if (inet_pton(AF_INET6, copy.data(), octets.data()) == 1) return from_octets({octets.data(), 16});
    return std::nullopt;
}

bool IpAddress::loopback() const noexcept {
    if (!v6_) return octets_[0] == 127;
    return octets_[15] == 1 && std::all_of(octets_.begin(), octets_.begin() + 15, [](auto o) { return o == 0; });
}

std::string IpAddress::text() const {
    std::array<char, INET6_ADDRSTRLEN> out{};
    inet_ntop(v6_ ? AF_INET6 : AF_INET, octets_.data(), out.data(), out.size());
    return out.data();
}

std::optional<Network> Network::parse(std::string_view text) noexcept {
    const auto slash = text.find('/');
    const auto written = text.substr(0, slash);
    const auto base = IpAddress::parse(written);
    if (!base) return std::nullopt;
    Network network;
    network.base_ = *base;
    network.bits_ = base->v6() ? 128 : 32;
    if (slash == std::string_view::npos) return network;
    const auto bits = parse_number<unsigned>(text.substr(slash + 1));
    // "::ffff:10.0.0.0/104" counts the bits of the mapped form.
    const unsigned mapped = !base->v6() && written.find(':') != std::string_view::npos ? kMappedBits : 0;
    if (!bits || *bits < mapped || *bits - mapped > network.bits_) return std::nullopt;
    network.bits_ = *bits - mapped;
    const auto octets = base->octets();
    for (std::size_t i = 0; i < octets.size(); ++i) {
        const unsigned covered = std::min(8U, network.bits_ > 8 * i ? network.bits_ - 8 * static_cast<unsigned>(i) : 0);
        if ((static_cast<unsigned char>(octets[i]) & (0xffU >> covered)) != 0) return std::nullopt;
    }
    return network;
}

bool Network::contains(const IpAddress& address) const noexcept {
    if (address.v6() != base_.v6()) return false;
    const auto whole = bits_ / 8;
    const auto a = address.octets();
    const auto b = base_.octets();
    if (a.substr(0, whole) != b.substr(0, whole)) return false;
    if (bits_ % 8 == 0) return true;
    const auto mask = static_cast<unsigned char>(0xff00U >> (bits_ % 8));
    return ((static_cast<unsigned char>(a[whole]) ^ static_cast<unsigned char>(b[whole])) & mask) == 0;
}

bool Network::contains(std::string_view address) const noexcept {
    const auto parsed = IpAddress::parse(address);
    return parsed && contains(*parsed);
}

std::string Network::text() const {
    return base_.text() + "/" + std::to_string(bits_);
}

}  // namespace md
