// tests/unit/policy/counters_test.cc - policy/counters.h

#include "policy/counters.h"

#include <gtest/gtest.h>

namespace md::policy {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

Rates rates(std::uint32_t connections, std::uint32_t junk = 0) {
    Rates all;
    all[0] = Rate{connections, minutes(1)};
    all[4] = Rate{junk, minutes(1)};
    return all;
}

IpAddress ip(const char* text) {
    return *IpAddress::parse(text);
}

constexpr auto kConnection = Occasion::connection;
constexpr auto kJunk = Occasion::junk_command;

TEST(PolicyCounters, SoManyAtOnceAreNoFault) {
    Counters counters(rates(60));
    const milliseconds now(1'000'000);
    for (int i = 0; i < 60; ++i) EXPECT_FALSE(counters.count(kConnection, ip("192.0.2.1"), 1, now).over) << i;
    const auto more = counters.count(kConnection, ip("192.0.2.1"), 1, now);
    EXPECT_TRUE(more.over);
    EXPECT_EQ(more.again, seconds(1));
    EXPECT_FALSE(counters.count(kConnection, ip("192.0.2.2"), 1, now).over) << "another address";
}

TEST(PolicyCounters, RoomComesBackEvenlyAndARefusalTakesNone) {
    Counters counters(rates(60));
    milliseconds now(1'000'000);
    for (int i = 0; i < 60; ++i) counters.count(kConnection, ip("192.0.2.1"), 1, now);
    for (int i = 0; i < 10; ++i) counters.count(kConnection, ip("192.0.2.1"), 1, now);
    now += seconds(1);
    EXPECT_FALSE(counters.count(kConnection, ip("192.0.2.1"), 1, now).over);
    EXPECT_TRUE(counters.count(kConnection, ip("192.0.2.1"), 1, now).over);
    now += minutes(10);
    for (int i = 0; i < 60; ++i) EXPECT_FALSE(counters.count(kConnection, ip("192.0.2.1"), 1, now).over);
    EXPECT_TRUE(counters.count(kConnection, ip("192.0.2.1"), 1, now).over) << "no more than the limit is saved up";
}

TEST(PolicyCounters, AnIPv6AddressCountsByItsNetwork) {
    Counters counters(rates(1));
    const milliseconds now(1'000'000);
    EXPECT_FALSE(counters.count(kConnection, ip("2001:db8::1"), 1, now).over);
    EXPECT_TRUE(counters.count(kConnection, ip("2001:db8::ffff:1"), 1, now).over);
    EXPECT_FALSE(counters.count(kConnection, ip("2001:db8:0:1::1"), 1, now).over);
}

TEST(PolicyCounters, WithoutALimitNothingIsCounted) {
    Counters counters(rates(0));
    for (int i = 0; i < 1000; ++i) EXPECT_FALSE(counters.count(kConnection, ip("192.0.2.1"), 1, milliseconds(1)).over);
    EXPECT_EQ(counters.size(), 0u);
}

TEST(PolicyCounters, AGreetingIsOverWhileItsAddressIsOverForJunkAndAConnectionIsNot) {
    Counters counters(rates(1000, 10));
    milliseconds now(1'000'000);
    for (int i = 0; i < 10; ++i) EXPECT_FALSE(counters.count(kJunk, ip("192.0.2.1"), 1, now).over);
    EXPECT_TRUE(counters.look(ip("192.0.2.1"), now).over);
    EXPECT_EQ(counters.count(Occasion::greeting, ip("192.0.2.1"), 1, now).again, seconds(6));
    EXPECT_FALSE(counters.count(kConnection, ip("192.0.2.1"), 1, now).over)
        << "who reads mail from there does nothing wrong";
    now += seconds(6);
    EXPECT_FALSE(counters.count(Occasion::greeting, ip("192.0.2.1"), 1, now).over);
}

TEST(PolicyCounters, WhatIsFullAgainIsForgotten) {
    Counters counters(rates(10));
    milliseconds now(1'000'000);
    for (int i = 0; i < 100; ++i) counters.count(kConnection, ip(("10.0.0." + std::to_string(i)).c_str()), 1, now);
    EXPECT_EQ(counters.size(), 100u);
    counters.sweep(now + seconds(3));
    EXPECT_EQ(counters.size(), 100u);
    counters.sweep(now + seconds(6));
    EXPECT_EQ(counters.size(), 0u);
}

TEST(PolicyCounters, ThereIsAnEndToHowManyAreKept) {
    Counters counters(rates(10));
    std::string octets(4, '\0');
    for (std::uint32_t i = 0; i < Counters::kMostBuckets + 1000; ++i) {
        for (unsigned k = 0; k < 4; ++k) octets[k] = static_cast<char>(i >> (8 * k) & 0xff);
        counters.count(kConnection, *IpAddress::from_octets(octets), 1, milliseconds(1'000'000));
    }
    EXPECT_EQ(counters.size(), Counters::kMostBuckets);
}

}  // namespace
}  // namespace md::policy
