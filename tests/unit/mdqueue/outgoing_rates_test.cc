// tests/unit/mdqueue/outgoing_rates_test.cc - what is within a rate goes, what is beyond it is told when to come

#include "mdqueue/outgoing_rates.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>

namespace md::mdqueue {
namespace {

using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::minutes;
using std::chrono::seconds;

struct OutgoingRatesTest : testing::Test {
    static spool::Envelope from(const std::string& reverse_path, const std::string& account = "") {
        spool::Envelope out;
        out.reverse_path = reverse_path;
        out.client.account = account;
        return out;
    }
    /// 0: it goes
    microseconds wait_of(const std::string& sender, std::uint64_t recipients = 1, bool promised = false) {
        const auto wait = rates.ask_sender(from(sender), recipients, promised, now);
        return wait ? wait->wait : microseconds(0);
    }
    microseconds wait_at(const std::string& destination, bool promised = false) {
        const auto wait = rates.ask_destination(destination, promised, now);
        return wait ? wait->wait : microseconds(0);
    }
    OutgoingRates rates{{10, 0, 0}};
    OutgoingRates::Time now{hours(10)};
    WallTime wall{seconds(1'800'000'000)};
};

TEST_F(OutgoingRatesTest, WithoutARateAllGoes) {
    rates = OutgoingRates({});
    for (int i = 0; i < 1000; ++i) {
        EXPECT_EQ(wait_of("alice@example.org", 100).count(), 0);
        EXPECT_EQ(wait_at("example.com").count(), 0);
    }
    EXPECT_EQ(rates.size(), 0U);
    EXPECT_FALSE(rates.dirty());
}

TEST_F(OutgoingRatesTest, AllOfItMayGoAtOnceAndTheRestOneBehindTheOther) {
    for (int i = 0; i < 10; ++i) EXPECT_EQ(wait_of("alice@example.org").count(), 0) << i;
    for (int i = 1; i <= 5; ++i) EXPECT_EQ(wait_of("Alice@Example.org"), i * minutes(6)) << i;
    EXPECT_EQ(wait_of("bob@example.org").count(), 0) << "another's mail is not behind it";
    now += minutes(6);
    EXPECT_GT(wait_of("alice@example.org").count(), 0) << "what comes anew comes behind those that were told to come";
    EXPECT_EQ(wait_of("alice@example.org", 1, true).count(), 0) << "who was told to come goes";
    EXPECT_EQ(wait_of("alice@example.org", 1, true), minutes(6)) << "but there is room for one alone";
    now += hours(3);
    for (int i = 0; i < 10; ++i) EXPECT_EQ(wait_of("alice@example.org").count(), 0) << i;
    EXPECT_EQ(wait_of("alice@example.org"), minutes(6));
}

TEST_F(OutgoingRatesTest, RecipientsAreCountedAndNotMessages) {
    EXPECT_EQ(wait_of("alice@example.org", 7).count(), 0);
    EXPECT_EQ(wait_of("alice@example.org", 4), minutes(6));
    EXPECT_EQ(wait_of("alice@example.org", 1), minutes(6 + 24)) << "behind those four";
}

TEST_F(OutgoingRatesTest, MoreThanAllOfItGoesWhenNothingIsOwed) {
    EXPECT_EQ(wait_of("alice@example.org", 100).count(), 0);
    const auto wait = wait_of("alice@example.org", 100);
    EXPECT_EQ(wait, hours(10));
    now += wait;
    EXPECT_EQ(wait_of("alice@example.org", 100, true).count(), 0);
}

TEST_F(OutgoingRatesTest, AnAccountCountsWhateverSenderItNames) {
    for (int i = 0; i < 10; ++i)
        EXPECT_FALSE(
            rates.ask_sender(from("x" + std::to_string(i) + "@example.org", "alice@example.org"), 1, false, now));
    const auto wait = rates.ask_sender(from("y@example.org", "alice@example.org"), 1, false, now);
    ASSERT_TRUE(wait);
    EXPECT_EQ(wait->reason, "rate of the sender: 10 recipients an hour of alice@example.org");
    EXPECT_FALSE(rates.ask_sender(from("y@example.org"), 1, false, now));
    for (int i = 0; i < 20; ++i) EXPECT_FALSE(rates.ask_sender(from(""), 1, false, now)) << "a report";
}

TEST_F(OutgoingRatesTest, ADomainCountsAllItsSenders) {
    rates = OutgoingRates({10, 15, 0});
    for (int i = 0; i < 10; ++i) EXPECT_EQ(wait_of("alice@example.org").count(), 0);
    for (int i = 0; i < 5; ++i) EXPECT_EQ(wait_of("bob@example.org").count(), 0);
    EXPECT_EQ(wait_of("carol@example.org"), minutes(4));
    EXPECT_EQ(wait_of("carol@example.net").count(), 0);
    EXPECT_EQ(wait_of("alice@example.org"), minutes(8)) << "the later of both, behind carol's";
}

TEST_F(OutgoingRatesTest, WhatWaitsForItsDomainIsNotCountedToItsSenderYet) {
    rates = OutgoingRates({10, 10, 0});
    EXPECT_EQ(wait_of("alice@example.org", 10).count(), 0);
    EXPECT_EQ(wait_of("bob@example.org", 5), minutes(30));
    now += minutes(30);
    EXPECT_EQ(wait_of("bob@example.org", 5, true).count(), 0);
    now += hours(1);
    EXPECT_EQ(wait_of("bob@example.org", 10).count(), 0);
}

TEST_F(OutgoingRatesTest, ADestinationHasTransactionsInAMinute) {
    rates = OutgoingRates({0, 0, 30});
    for (int i = 0; i < 30; ++i) EXPECT_EQ(wait_at("example.com").count(), 0);
    EXPECT_EQ(wait_at("example.com"), seconds(2));
    EXPECT_EQ(wait_at("example.com"), seconds(4));
    EXPECT_EQ(wait_at("example.net").count(), 0);
    EXPECT_EQ(rates.ask_destination("example.com", false, now)->reason,
              "rate of the destination: 30 messages a minute of example.com");
}

TEST_F(OutgoingRatesTest, WhatIsPaidForIsForgotten) {
    for (int i = 0; i < 1023; ++i) EXPECT_EQ(wait_of("x" + std::to_string(i) + "@example.org").count(), 0);
    now += hours(1);
    EXPECT_EQ(wait_of("alice@example.org").count(), 0);
    EXPECT_EQ(rates.size(), 1U);
}

TEST_F(OutgoingRatesTest, OutlivesARestart) {
    for (int i = 0; i < 13; ++i) static_cast<void>(wait_of("alice \\@example.org"));
    EXPECT_TRUE(rates.dirty());
    const auto file = rates.save(now, wall);
    EXPECT_FALSE(rates.dirty());
    OutgoingRates next({10, 0, 0});
    now = OutgoingRates::Time(minutes(1));  // of another boot
    ASSERT_TRUE(next.load(file, now, wall + minutes(6)));
    std::swap(rates, next);
    EXPECT_EQ(wait_of("alice \\@example.org", 1, true).count(), 0);
    EXPECT_EQ(wait_of("alice \\@example.org"), minutes(18)) << "behind the two that were told to come";
    EXPECT_EQ(wait_of("bob@example.org").count(), 0);
}

TEST_F(OutgoingRatesTest, AClockThatJumpsBlocksNobodyForEver) {
    for (int i = 0; i < 13; ++i) static_cast<void>(wait_of("alice@example.org"));
    const auto file = rates.save(now, wall);
    ASSERT_TRUE(rates.load(file, now, wall - hours(24 * 365)));
    EXPECT_EQ(wait_of("alice@example.org", 1, true), minutes(6)) << "as if no time had gone by";
    ASSERT_TRUE(rates.load(file, now, wall + hours(24 * 365)));
    EXPECT_EQ(wait_of("alice@example.org", 10).count(), 0);
    ASSERT_TRUE(rates.load(
        "mdmail-rates 1\n" + rfc3339(wall) + "\n18446744073709551615 18446744073709551615 sender a@b\n", now, wall));
    EXPECT_LE(wait_of("a@b"), hours(24 * 7) + minutes(6));
}

TEST_F(OutgoingRatesTest, ReadsItsFixture) {
    const char* source = std::getenv("srcdir");
    std::ifstream in(std::string(source != nullptr ? source : ".") + "/tests/fixtures/outgoing-rates/v1.rates",
                     std::ios::binary);
    const std::string file{std::istreambuf_iterator<char>(in), {}};
    const auto at = parse_rfc3339("2026-11-28T10:00:00Z").value();
    rates = OutgoingRates({10, 0, 60});
    ASSERT_TRUE(rates.load(file, now, at));
    EXPECT_EQ(rates.size(), 2U);
    EXPECT_EQ(wait_of("alice@example.org"), minutes(12));
    EXPECT_EQ(wait_at("route *"), seconds(2));
    ASSERT_TRUE(rates.load(file, now, at));
    auto again = rates.save(now, at);
    EXPECT_EQ(again.size(), file.size());
    EXPECT_EQ(again.substr(0, 42), file.substr(0, 42));
}

TEST_F(OutgoingRatesTest, AFileThatIsNoneCountsNothing) {
    static_cast<void>(wait_of("alice@example.org", 10));
    const std::string good = "mdmail-rates 1\n2026-11-28T10:00:00.000000Z\n";
    for (const std::string& file : {std::string(), std::string("mdmail-rates 2\n"), std::string("mdmail-rates 1\n"),
                                    std::string("mdmail-rates 1\nyesterday\n")})
        EXPECT_FALSE(rates.load(file, now, wall)) << file;
    EXPECT_EQ(rates.size(), 0U);
    for (const std::string line :
         {"", "x", "1", "1 2", "1 2 ", "-1 2 sender a", "1 2 sender\\x", "99999999999999999999 1 k"}) {
        EXPECT_TRUE(rates.load(good + line + "\n", now, wall)) << line;
        EXPECT_EQ(rates.size(), 0U) << line;
    }
}

}  // namespace
}  // namespace md::mdqueue
