// tests/unit/net/address_test.cc - net/address.h

#include "net/address.h"

#include <gtest/gtest.h>

namespace md::net {
namespace {

TEST(IpAddress, ReadsBothFamiliesAndUnmapsV4) {
    EXPECT_EQ(IpAddress::parse("192.0.2.1")->text(), "192.0.2.1");
    EXPECT_EQ(IpAddress::parse("2001:DB8::1")->text(), "2001:db8::1");
    EXPECT_EQ(IpAddress::parse("::ffff:192.0.2.1")->text(), "192.0.2.1");
    EXPECT_FALSE(IpAddress::parse("192.0.2"));
    EXPECT_FALSE(IpAddress::parse("mail.example.com"));
    EXPECT_FALSE(IpAddress::parse(""));
}

TEST(IpAddress, KnowsLoopback) {
    EXPECT_TRUE(IpAddress::parse("127.8.9.1")->loopback());
    EXPECT_TRUE(IpAddress::parse("::1")->loopback());
    EXPECT_FALSE(IpAddress::parse("::2")->loopback());
    EXPECT_FALSE(IpAddress::parse("128.0.0.1")->loopback());
}

TEST(Network, ContainsByPrefix) {
    const auto net = Network::parse("192.0.2.128/25");
    ASSERT_TRUE(net);
    EXPECT_TRUE(net->contains(*IpAddress::parse("192.0.2.255")));
    EXPECT_FALSE(net->contains(*IpAddress::parse("192.0.2.127")));
    EXPECT_FALSE(net->contains(*IpAddress::parse("2001:db8::1")));
    EXPECT_TRUE(Network::parse("0.0.0.0/0")->contains(*IpAddress::parse("8.8.8.8")));
    EXPECT_TRUE(Network::parse("2001:db8::/33")->contains(*IpAddress::parse("2001:db8:7fff::1")));
    EXPECT_FALSE(Network::parse("2001:db8::/33")->contains(*IpAddress::parse("2001:db8:8000::1")));
}

TEST(Network, RefusesHostBitsAndNonsense) {
    EXPECT_FALSE(Network::parse("192.0.2.1/24"));
    EXPECT_FALSE(Network::parse("192.0.2.0/33"));
    EXPECT_FALSE(Network::parse("192.0.2.0/"));
    EXPECT_EQ(Network::parse("192.0.2.7")->text(), "192.0.2.7/32");
}

TEST(SocketAddress, GoesThroughTheSystemsForm) {
    for (const auto* text : {"192.0.2.1", "2001:db8::1"}) {
        const SocketAddress address(*IpAddress::parse(text), 25);
        sockaddr_storage raw;
        address.to_system(raw);
        EXPECT_EQ(SocketAddress::from_system(raw).text(), address.text());
    }
    EXPECT_EQ(SocketAddress(*IpAddress::parse("2001:db8::1"), 25).text(), "[2001:db8::1]:25");
}

}  // namespace
}  // namespace md::net
