// net/address.cc - see address.h

#include "net/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <cstring>

namespace md::net {

namespace {

std::string_view octets_of(const void* raw, std::size_t size) noexcept {
    return {static_cast<const char*>(raw), size};
}

}  // namespace

SocketAddress SocketAddress::from_system(const sockaddr_storage& raw) noexcept {
    if (raw.ss_family == AF_INET) {
        sockaddr_in in;
        std::memcpy(&in, &raw, sizeof in);
        return {*IpAddress::from_octets(octets_of(&in.sin_addr, 4)), ntohs(in.sin_port)};
    }
    if (raw.ss_family == AF_INET6) {
        sockaddr_in6 in6;
        std::memcpy(&in6, &raw, sizeof in6);
        return {*IpAddress::from_octets(octets_of(&in6.sin6_addr, 16)), ntohs(in6.sin6_port)};
    }
    return {};
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
        std::memcpy(&in6.sin6_addr, ip_.octets().data(), 16);
        std::memcpy(&raw, &in6, sizeof in6);
        return sizeof in6;
    }
    sockaddr_in in{};
    in.sin_family = AF_INET;
    in.sin_port = htons(port_);
    std::memcpy(&in.sin_addr, ip_.octets().data(), 4);
    std::memcpy(&raw, &in, sizeof in);
    return sizeof in;
}

}  // namespace md::net
