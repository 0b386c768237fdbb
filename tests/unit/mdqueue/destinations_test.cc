// tests/unit/mdqueue/destinations_test.cc - windows, rests and probes

#include "mdqueue/destinations.h"

#include <gtest/gtest.h>

namespace md::mdqueue {
namespace {

using Kind = Destinations::Answer::Kind;
using Outcome = Destinations::Outcome;
using std::chrono::minutes;
using std::chrono::seconds;

struct DestinationsTest : testing::Test {
    /// How many it lets go at this moment.
    unsigned go(const std::string& destination = "example.org") {
        unsigned count = 0;
        while (destinations.ask(destination, now).kind == Kind::go) ++count;
        return count;
    }
    void done(Outcome outcome, unsigned count = 1, const std::string& destination = "example.org") {
        for (; count > 0; --count) destinations.done(destination, outcome, "connection refused", now);
    }
    Destinations::Answer ask() { return destinations.ask("example.org", now); }

    DestinationRules rules;
    Destinations destinations{rules};
    Destinations::Time now{std::chrono::hours(1)};
};

TEST_F(DestinationsTest, AnUnknownOneIsTriedWithCare) {
    EXPECT_EQ(go(), 5U);
    EXPECT_EQ(ask().kind, Kind::busy);
    EXPECT_EQ(go("other.example"), 5U) << "what one bears is no matter of another";
}

TEST_F(DestinationsTest, TheWindowGrowsWithWhatGoesWellUpToItsLimit) {
    unsigned bears = go();
    for (int round = 0; round < 5; ++round) {
        done(Outcome::well, bears);
        ASSERT_EQ(destinations.size(), 0U) << "idle and in order";
        bears = go();
    }
    EXPECT_EQ(bears, 5U) << "what is forgotten begins anew";
    for (int i = 0; i < 400; ++i) {
        done(Outcome::well);
        bears += go() - 1;
    }
    EXPECT_EQ(bears, 20U);
}

TEST_F(DestinationsTest, ShrinksWithTroubleAndIsNotForgotten) {
    ASSERT_EQ(go(), 5U);
    done(Outcome::well, 2);
    done(Outcome::trouble);
    EXPECT_EQ(ask().kind, Kind::busy) << "two are under way, and half of five is two";
    done(Outcome::unknown, 2);
    EXPECT_EQ(destinations.size(), 1U);
    EXPECT_EQ(go(), 2U);
}

TEST_F(DestinationsTest, RestsAfterTroublesInARowAndProbesWithOne) {
    ASSERT_EQ(go(), 5U);
    done(Outcome::trouble, 3);
    auto answer = ask();
    EXPECT_EQ(answer.kind, Kind::rests);
    EXPECT_EQ(answer.until, now + minutes(1));
    EXPECT_EQ(answer.reason, "connection refused");
    done(Outcome::trouble, 2);
    EXPECT_EQ(ask().until, now + minutes(1)) << "what was under way says nothing new";
    now += minutes(1);
    EXPECT_EQ(ask().kind, Kind::go);
    EXPECT_EQ(ask().kind, Kind::busy) << "one probes";
    done(Outcome::trouble);
    EXPECT_EQ(ask().until, now + minutes(2));
    now += minutes(2);
    EXPECT_EQ(ask().kind, Kind::go);
    done(Outcome::well);
    EXPECT_EQ(go(), 2U) << "it is open, and the window grows from there";
}

TEST_F(DestinationsTest, ASuccessBetweenIsNoRow) {
    for (int i = 0; i < 10; ++i) {
        ASSERT_EQ(ask().kind, Kind::go);
        done(i % 3 == 2 ? Outcome::well : Outcome::trouble);
        EXPECT_EQ(destinations.ask("example.org", now).kind, Kind::go) << i;
        done(Outcome::unknown);
    }
}

TEST_F(DestinationsTest, TheRestHasALimit) {
    ASSERT_EQ(go(), 5U);
    done(Outcome::trouble, 5);
    for (int i = 0; i < 40; ++i) {
        now = ask().until;
        ASSERT_EQ(ask().kind, Kind::go);
        done(Outcome::trouble);
    }
    EXPECT_EQ(ask().until, now + minutes(30));
}

TEST_F(DestinationsTest, WhoWaitedIsNamedOnceWhenSomethingEnds) {
    ASSERT_EQ(go(), 5U);
    EXPECT_EQ(ask().kind, Kind::busy);
    EXPECT_TRUE(destinations.freed().empty());
    done(Outcome::well, 2);
    EXPECT_EQ(destinations.freed(), (std::vector<std::string>{"example.org"}));
    EXPECT_TRUE(destinations.freed().empty());
}

TEST_F(DestinationsTest, AllOfThemHaveALimitToo) {
    rules.in_all = 7;
    destinations.set_rules(rules);
    EXPECT_EQ(go("a.example"), 5U);
    EXPECT_EQ(go("b.example"), 2U);
    EXPECT_EQ(destinations.ask("b.example", now).kind, Kind::full);
    EXPECT_EQ(destinations.ask("c.example", now).kind, Kind::full);
    EXPECT_EQ(destinations.under_way(), 7U);
    done(Outcome::well, 1, "a.example");
    EXPECT_EQ(destinations.freed(), (std::vector<std::string>{"b.example", "c.example", "a.example"}));
    EXPECT_EQ(destinations.ask("c.example", now).kind, Kind::go);
    EXPECT_EQ(destinations.ask("b.example", now).kind, Kind::full);
}

TEST_F(DestinationsTest, WhatWasInTroubleLongAgoIsForgotten) {
    for (int i = 0; i < 1024; ++i) {
        const auto name = std::to_string(i) + ".example";
        ASSERT_EQ(destinations.ask(name, now).kind, Kind::go);
        done(Outcome::trouble, 1, name);
    }
    EXPECT_EQ(destinations.size(), 1024U);
    now += std::chrono::hours(1);
    EXPECT_EQ(ask().kind, Kind::go);
    EXPECT_EQ(destinations.size(), 1U);
}

TEST_F(DestinationsTest, AnAdministratorEndsTheRestForAProbe) {
    for (const bool all : {true, false}) {
        ASSERT_EQ(go(), all ? 5U : 1U);
        done(Outcome::trouble, all ? 5 : 1);
        ASSERT_EQ(ask().kind, Kind::rests);
        ASSERT_GT(destinations.rests_until("example.org"), now);
        if (all)
            destinations.wake_all();
        else
            destinations.wake("example.org");
        EXPECT_LE(destinations.rests_until("example.org"), now);
        EXPECT_EQ(ask().kind, Kind::go);
        EXPECT_EQ(ask().kind, Kind::busy) << "one alone";
        done(Outcome::trouble);
        EXPECT_EQ(ask().until, now + std::chrono::minutes(1)) << "as after the first rest";
        now += std::chrono::minutes(1);
    }
    destinations.wake("nobody.example");
    EXPECT_EQ(destinations.size(), 1U);
}

TEST_F(DestinationsTest, IsShownToPeople) {
    EXPECT_TRUE(destinations.all().empty());
    ASSERT_EQ(go(), 5U);
    auto shown = destinations.all();
    ASSERT_EQ(shown.size(), 1U);
    EXPECT_EQ(shown[0].destination, "example.org");
    EXPECT_EQ(shown[0].window, 5U);
    EXPECT_EQ(shown[0].under_way, 5U);
    EXPECT_FALSE(shown[0].resting);
    done(Outcome::trouble, 4);
    shown = destinations.all();
    EXPECT_TRUE(shown[0].resting);
    EXPECT_EQ(shown[0].window, 1U) << "the probe";
    EXPECT_EQ(shown[0].under_way, 1U);
    EXPECT_EQ(shown[0].troubles, 4U);
    EXPECT_FALSE(shown[0].reason.empty());
}

}  // namespace
}  // namespace md::mdqueue
