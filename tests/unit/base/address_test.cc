// tests/unit/base/address_test.cc - base/address.h

#include "base/address.h"

#include <gtest/gtest.h>

namespace md {
namespace {

TEST(IpAddress, ReadsBothFamiliesAndUnmapsV4) {
    EXPECT_EQ(IpAddress::parse("192.0.2.1")->text(), "192.0.2.1");
    EXPECT_EQ(IpAddress::parse("2001:DB8::1")->text(), "2001:db8::1");
    EXPECT_EQ(IpAddress::parse("::ffff:192.0.2.1")->text(), "192.0.2.1");
    EXPECT_FALSE(IpAddress::parse("192.0.2"));
    EXPECT_FALSE(IpAddress::parse("mail.example.com"));
    EXPECT_FALSE(IpAddress::parse(""));
    EXPECT_FALSE(IpAddress::parse(std::string_view("192.0.2.1\0.example", 18)));
}

TEST(IpAddress, IsMadeOfFourOrSixteenOctets) {
    EXPECT_EQ(IpAddress::from_octets("\x0a\x01\x02\x03")->text(), "10.1.2.3");
    EXPECT_EQ(IpAddress::from_octets(IpAddress::parse("2001:db8::7")->octets())->text(), "2001:db8::7");
    EXPECT_FALSE(IpAddress::from_octets("12345"));
    EXPECT_FALSE(IpAddress::from_octets(""));
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

TEST(Network, IsCidrWithoutHostBits) {
    EXPECT_EQ(Network::parse("10.0.0.0/8")->text(), "10.0.0.0/8");
    EXPECT_EQ(Network::parse("192.0.2.1")->text(), "192.0.2.1/32");
    EXPECT_EQ(Network::parse("2001:DB8::/32")->text(), "2001:db8::/32");
    for (const auto* wrong : {"", "/8", "10.0.0.1/8", "10.0.0.0/33", "10.0.0/8", "::/129", "example.org",
                              "::ffff:10.0.0.0/95", "10.0.0.0/", "10.0.0.0/8 "})
        EXPECT_FALSE(Network::parse(wrong).has_value()) << wrong;
}

TEST(Network, AMappedOneIsThatOfIpv4) {  // RFC 4291 §2.5.5.2
    EXPECT_EQ(Network::parse("::ffff:10.0.0.0/104"), Network::parse("10.0.0.0/8"));
    EXPECT_FALSE(Network::parse("::ffff:10.0.0.1/104"));
}

TEST(Network, AllOfIpv6IsNotIpv4) {
    EXPECT_TRUE(Network::parse("::/0")->contains("2001:db8::1"));
    EXPECT_FALSE(Network::parse("::/0")->contains("192.0.2.1"));
    EXPECT_TRUE(Network::parse("0.0.0.0/0")->contains("192.0.2.1"));
    EXPECT_FALSE(Network::parse("0.0.0.0/0")->contains("2001:db8::1"));
    EXPECT_TRUE(Network::parse("10.0.0.0/8")->contains("::ffff:10.0.0.1"));
}

}  // namespace
}  // namespace md
