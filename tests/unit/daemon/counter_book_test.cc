// tests/unit/daemon/counter_book_test.cc - daemon/counter_book.h

#include "daemon/counter_book.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

namespace md::daemon {
namespace {

using ipc::Json;
using namespace std::chrono_literals;

class HandClock final : public Clock {
  public:
    [[nodiscard]] WallTime now() const noexcept override { return time; }
    WallTime time{std::chrono::seconds(1'790'000'000)};
};

class CounterBookTest : public testing::Test {
  protected:
    std::int64_t logins(Json request = Json::object()) {
        const auto answer = book_.answer(request);
        EXPECT_TRUE(answer.boolean("ok")) << answer.dump();
        const auto* values = answer.find("counters");
        return values == nullptr ? -1 : values->integer("logins", -1);
    }
    std::int64_t logins_since(WallTime time) { return logins(Json().set("since", rfc3339(time))); }
    std::string since(Json request = Json::object()) { return book_.answer(request).text("since"); }

    /// A minute goes by, in which so many log in.
    void minute(std::uint64_t number) {
        log::count(Counter::logins, number);
        clock_.time += CounterBook::kStep;
        book_.sample();
    }

    HandClock clock_;
    CounterBook book_{clock_};
};

TEST_F(CounterBookTest, BeginsAtNothingWithAllNames) {
    const auto answer = book_.answer(Json::object());
    EXPECT_EQ(answer.text("since"), rfc3339(clock_.time));
    ASSERT_NE(answer.find("counters"), nullptr);
    EXPECT_EQ(answer.find("counters")->members().size(), log::kCounters);
    for (const auto& [name, value] : answer.find("counters")->members()) EXPECT_EQ(value.as_integer(), 0) << name;
}

TEST_F(CounterBookTest, HasWhatChildrenCountedThatAreNoMore) {
    log::count(Counter::logins);
    for (int i = 0; i < 4; ++i) {
        const auto child = ::fork();
        ASSERT_GE(child, 0);
        if (child == 0) {
            for (int n = 0; n < 1000; ++n) log::count(Counter::logins);
            ::_exit(0);
        }
    }
    while (::wait(nullptr) > 0) continue;
    EXPECT_EQ(logins(), 4001);
}

TEST_F(CounterBookTest, TellsWhatWasCountedSince) {
    const auto start = clock_.time;
    minute(5);
    minute(7);
    minute(11);
    log::count(Counter::logins, 13);
    EXPECT_EQ(logins(), 36);
    EXPECT_EQ(logins_since(start - 1h), 36) << "it began later than that";
    EXPECT_EQ(logins_since(start + 30s), 36) << "to the minute: never less than what was";
    EXPECT_EQ(logins_since(start + 1min), 31);
    EXPECT_EQ(logins_since(start + 2min + 59s), 24);
    EXPECT_EQ(logins_since(start + 1h), 13);
    EXPECT_EQ(since(Json().set("since", rfc3339(start + 119s))), rfc3339(start + 1min))
        << "it says from when on it counts";
    EXPECT_FALSE(book_.answer(Json().set("since", "yesterday")).boolean("ok", true));
}

TEST_F(CounterBookTest, RemembersADay) {
    const auto start = clock_.time;
    for (std::size_t i = 0; i < CounterBook::kSamples + 10; ++i) minute(1);
    const auto answer = book_.answer(Json().set("since", rfc3339(start + 5min)));
    EXPECT_EQ(answer.find("counters"), nullptr);
    EXPECT_EQ(answer.text("known_since"), rfc3339(start + 11min));
    EXPECT_EQ(logins_since(start + 11min), static_cast<std::int64_t>(CounterBook::kSamples) - 1);
    EXPECT_EQ(logins_since(start), static_cast<std::int64_t>(CounterBook::kSamples) + 10)
        << "the start is not forgotten";
    EXPECT_EQ(logins(Json().set("since", "start")), static_cast<std::int64_t>(CounterBook::kSamples) + 10);
}

TEST_F(CounterBookTest, ForgetsNothingBeforeTheDayIsOver) {
    const auto start = clock_.time;
    for (std::size_t i = 0; i < CounterBook::kSamples; ++i) minute(1);
    EXPECT_EQ(logins_since(start + 30s), static_cast<std::int64_t>(CounterBook::kSamples));
    minute(1);
    EXPECT_EQ(book_.answer(Json().set("since", rfc3339(start + 30s))).find("counters"), nullptr);
}

TEST_F(CounterBookTest, HasABaseLineThatOthersDoNotSee) {
    const auto start = clock_.time;
    minute(5);
    EXPECT_EQ(logins(Json().set("reset", true)), 5) << "what was counted until then";
    EXPECT_EQ(logins(), 0);
    EXPECT_EQ(since(), rfc3339(start + 1min));
    minute(2);
    EXPECT_EQ(logins(), 2);
    EXPECT_EQ(logins_since(start), 7);
    EXPECT_EQ(logins(Json().set("since", "start")), 7);
    EXPECT_EQ(since(Json().set("since", "start")), rfc3339(start));
}

}  // namespace
}  // namespace md::daemon
