// net/address.cc - see address.h

#include "net/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <cstring>

#include "base/strings.h"

namespace md::net {

namespace {

constexpr std::array<std::uint8_t, 12> kMappedV4{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

}  // namespace

std::optional<IpAddress> IpAddress::parse(std::string_view text) noexcept {
    std::array<char, INET6_ADDRSTRLEN> copy{};
    if (text.empty() || text.size() >= copy.size()) return std::nullopt;
    std::copy(text.begin(), text.end(), copy.begin());
    IpAddress address;
    if (inet_pton(AF_INET, copy.data(), address.octets_.data()) == 1) return address;
    if (inet_pton(AF_INET6, copy.data(), address.octets_.data()) != 1) return std::nullopt;
    if (std::equal(kMappedV4.begin(), kMappedV4.end(), address.octets_.begin())) {
        IpAddress v4;
        std::copy(address.octets_.begin() + 12, address.octets_.end(), v4.octets_.begin());
        return v4;
    }
    address.v6_ = true;
    return address;
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
    const auto base = IpAddress::parse(text.substr(0, slash));
    if (!base) return std::nullopt;
    Network network;
    network.base_ = *base;
    network.bits_ = base->v6() ? 128 : 32;
    if (slash == std::string_view::npos) return network;
    const auto bits = parse_number<unsigned>(text.substr(slash + 1));
    if (!bits || *bits > network.bits_) return std::nullopt;
    network.bits_ = *bits;
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

std::string Network::text() const {
    return base_.text() + "/" + std::to_string(bits_);
}

SocketAddress SocketAddress::from_system(const sockaddr_storage& raw) noexcept {
    SocketAddress address;
    if (raw.ss_family == AF_INET) {
        sockaddr_in in;
        std::memcpy(&in, &raw, sizeof in);
        std::memcpy(address.ip_.octets_.data(), &in.sin_addr, 4);
        address.port_ = ntohs(in.sin_port);
    } else if (raw.ss_family == AF_INET6) {
        sockaddr_in6 in6;
        std::memcpy(&in6, &raw, sizeof in6);
        std::memcpy(address.ip_.octets_.data(), &in6.sin6_addr, 16);
        address.ip_.v6_ = true;
        address.port_ = ntohs(in6.sin6_port);
        if (std::equal(kMappedV4.begin(), kMappedV4.end(), address.ip_.octets_.begin())) {
            IpAddress v4;
            std::copy(address.ip_.octets_.begin() + 12, address.ip_.octets_.end(), v4.octets_.begin());
            address.ip_ = v4;
        }
    }
    return address;
}

std::string SocketAddress::text() const {
    const auto host = ip_.v6() ? "[" + ip_.text() + "]" : ip_.text();
    return host + ":" + std::to_string(port_);
}

socklen_t SocketAddress::to_system(sockaddr_storage& raw) const noexcept {
    raw = {};
    if (ip_.v6()) {
        sockaddr_in6 in6{};
        in6.sin6_family = AF_INET6;
        in6.sin6_port = htons(port_);
        std::memcpy(&in6.sin6_addr, ip_.octets_.data(), 16);
        std::memcpy(&raw, &in6, sizeof in6);
        return sizeof in6;
    }
    sockaddr_in in{};
    in.sin_family = AF_INET;
    in.sin_port = htons(port_);
    std::memcpy(&in.sin_addr, ip_.octets_.data(), 4);
    std::memcpy(&raw, &in, sizeof in);
    return sizeof in;
}

}  // namespace md::net
