// tests/unit/auth/failures_test.cc - auth/failures.h, auth/known_addresses.h

#include "auth/failures.h"

#include <gtest/gtest.h>

#include "auth/known_addresses.h"

namespace md::auth {
namespace {

using std::chrono::seconds;

const async::Deadline kNow{seconds(1000)};

TEST(AuthFailures, TheLastThatIsBorneBarsForTheTime) {
    Failures failures(3, seconds(60));
    EXPECT_FALSE(failures.add("k", "a", "1", kNow));
    EXPECT_FALSE(failures.add("k", "a", "2", kNow + seconds(10)));
    EXPECT_FALSE(failures.barred("k", kNow + seconds(20)));
    EXPECT_TRUE(failures.add("k", "a", "3", kNow + seconds(20)));
    EXPECT_TRUE(failures.barred("k", kNow + seconds(79)));
    EXPECT_FALSE(failures.barred("k", kNow + seconds(80)));
    EXPECT_FALSE(failures.add("k", "a", "4", kNow + seconds(81))) << "counted anew";
}

TEST(AuthFailures, AreForgottenWhenTheTimeOfTheFirstIsOver) {
    Failures failures(2, seconds(60));
    failures.add("k", "a", "1", kNow);
    EXPECT_FALSE(failures.add("k", "a", "2", kNow + seconds(60)));
    EXPECT_FALSE(failures.barred("k", kNow + seconds(60)));
}

TEST(AuthFailures, OfOneKeyAreNoOthers) {
    Failures failures(1, seconds(60));
    EXPECT_TRUE(failures.add("k", "a", "1", kNow));
    EXPECT_TRUE(failures.barred("k", kNow));
    EXPECT_FALSE(failures.barred("l", kNow));
}

TEST(AuthFailures, TheSameWrongPasswordAgainIsNotCounted) {
    Failures failures(2, seconds(60));
    for (int i = 0; i < 10; ++i) EXPECT_FALSE(failures.add("k", "a", "old", kNow));
    EXPECT_FALSE(failures.barred("k", kNow));
    EXPECT_TRUE(failures.add("k", "b", "old", kNow)) << "of another account it is a guess";
}

TEST(AuthFailures, NothingIsCountedWithoutALimitOrAKey) {
    Failures unlimited(0, seconds(60));
    Failures limited(1, seconds(60));
    for (int i = 0; i < 10; ++i) EXPECT_FALSE(unlimited.add("k", "a", std::to_string(i), kNow));
    EXPECT_FALSE(unlimited.barred("k", kNow));
    EXPECT_FALSE(limited.add("", "a", "1", kNow));
    EXPECT_FALSE(limited.barred("", kNow));
}

TEST(AuthFailures, ATableThatIsFullForgetsTheKeyThatWouldEndFirst) {
    Failures failures(1, seconds(60));
    for (std::size_t i = 0; i < Failures::kMost; ++i) failures.add(std::to_string(i), "a", "1", kNow);
    EXPECT_TRUE(failures.barred("0", kNow));
    failures.add("one more", "a", "1", kNow);
    EXPECT_FALSE(failures.barred("0", kNow));
    EXPECT_TRUE(failures.barred("1", kNow));
    EXPECT_TRUE(failures.barred("one more", kNow));
}

TEST(AuthFailures, AnAddressIsItsNetworkInIPv6AndNothingOnThisMachine) {
    EXPECT_EQ(address_key("192.0.2.1").size(), 4U);
    EXPECT_NE(address_key("192.0.2.1"), address_key("192.0.2.2"));
    EXPECT_EQ(address_key("2001:db8:1:2::3"), address_key("2001:db8:1:2:ffff::4"));
    EXPECT_NE(address_key("2001:db8:1:2::3"), address_key("2001:db8:1:3::3"));
    EXPECT_EQ(address_key("127.0.0.1"), "");
    EXPECT_EQ(address_key("::1"), "");
    EXPECT_EQ(address_key(""), "");
}

TEST(KnownAddresses, ForgetThePairOfLongestAgo) {
    KnownAddresses known;
    known.add("a", "first");
    known.add("a", "second");
    known.add("a", "first");
    for (std::size_t i = 2; i < KnownAddresses::kMost; ++i) known.add("a", std::to_string(i));
    EXPECT_TRUE(known.knows("a", "second"));
    known.add("b", "x");
    EXPECT_TRUE(known.knows("a", "first"));
    EXPECT_FALSE(known.knows("a", "second"));
    EXPECT_FALSE(known.knows("b", "first"));
}

}  // namespace
}  // namespace md::auth
