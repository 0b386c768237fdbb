// tests/unit/net/address_test.cc - net/address.h

#include "net/address.h"

#include <gtest/gtest.h>
#include <netinet/in.h>

#include <cstddef>
#include <cstring>

namespace md::net {
namespace {

TEST(SocketAddress, GoesThroughTheSystemsForm) {
    for (const auto* text : {"192.0.2.1", "2001:db8::1"}) {
        const SocketAddress address(*IpAddress::parse(text), 25);
        sockaddr_storage raw;
        address.to_system(raw);
        EXPECT_EQ(SocketAddress::from_system(raw).text(), address.text());
    }
    // A mapped IPv4 peer, as a socket for both families gives it, is the IPv4 address.
    sockaddr_storage mapped{};
    SocketAddress(*IpAddress::parse("2001:db8::1"), 25).to_system(mapped);
    const unsigned char octets[16] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 192, 0, 2, 7};
    std::memcpy(reinterpret_cast<char*>(&mapped) + offsetof(sockaddr_in6, sin6_addr), octets, sizeof octets);
    EXPECT_EQ(SocketAddress::from_system(mapped).text(), "192.0.2.7:25");
    EXPECT_EQ(SocketAddress(*IpAddress::parse("2001:db8::1"), 25).text(), "[2001:db8::1]:25");
}

}  // namespace
}  // namespace md::net
