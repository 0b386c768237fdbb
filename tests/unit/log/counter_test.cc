// tests/unit/log/counter_test.cc - log/counter.h

#include "log/counter.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "log/logger.h"
#include "support/memory_sink.h"

namespace md::log {
namespace {

std::uint64_t value(Counter counter) {
    return counter_page()[static_cast<std::size_t>(counter)].load();
}

/// Wants no event at all.
class SilentSink final : public Sink {
  public:
    SilentSink() : Sink(Level::error) {}
    void write(const Record&) noexcept override { ++written; }
    int written = 0;
};

TEST(Counters, HaveNamesProseAndDaemons) {
    unsigned all = 0;
    std::set<std::string_view> prefixes;
    for (const auto& who : who_counts()) {
        EXPECT_EQ(all & who.bit, 0U) << who.daemon;
        all |= who.bit;
        EXPECT_TRUE(prefixes.insert(who.prefix).second) << who.daemon;
    }
    EXPECT_EQ(counters().size(), kCounters);
    std::set<std::string_view> names;
    for (const auto& row : counters()) {
        EXPECT_TRUE(names.insert(row.name).second) << row.name;
        EXPECT_EQ(row.name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_"), std::string_view::npos)
            << row.name;
        EXPECT_FALSE(row.name.ends_with("_now")) << row.name << ": those are gauges";
        EXPECT_NE(row.daemons, 0U) << row.name;
        EXPECT_EQ(row.daemons & ~all, 0U) << row.name;
        EXPECT_GT(row.prose.size(), 10U) << row.name;
        EXPECT_EQ(row.prose.back(), '.') << row.name;
    }
}

TEST(Counters, CountWhatTheyAreTold) {
    const auto before = value(Counter::octets_in);
    count(Counter::octets_in, 100);
    count(Counter::octets_in);
    EXPECT_EQ(value(Counter::octets_in), before + 101);
}

TEST(Counters, CountEventsThatNobodyWantsToRead) {
    SilentSink sink;
    const Logger log(sink);
    const auto delivered = value(Counter::delivered);
    const auto logins = value(Counter::logins);
    log.event(Event::Delivered, "id", "bob@example.org");
    log.event(Event::ImapLoggedIn, "bob@example.org");
    log.event(Event::Pop3LoggedIn, "bob@example.org", 3);
    EXPECT_EQ(sink.written, 0);
    EXPECT_EQ(value(Counter::delivered), delivered + 1);
    EXPECT_EQ(value(Counter::logins), logins + 2);
}

TEST(Counters, CountFailures) {
    test::MemorySink sink;
    const auto before = value(Counter::sessions_failed);
    Logger(sink).failure(Event::SessionFailed, std::runtime_error("no"));
    EXPECT_EQ(value(Counter::sessions_failed), before + 1);
}

TEST(Counters, LeaveOtherEventsAlone) {
    test::MemorySink sink;
    std::array<std::uint64_t, kCounters> before{};
    for (std::size_t i = 0; i < kCounters; ++i) before[i] = counter_page()[i].load();
    Logger(sink).event(Event::QueueFinished, "id");
    for (std::size_t i = 0; i < kCounters; ++i) EXPECT_EQ(counter_page()[i].load(), before[i]) << counters()[i].name;
}

TEST(Counters, GoIntoThePageThatIsNamed) {
    auto& own = counter_page();
    const auto before = value(Counter::logins);
    CounterPage other{};
    count_into(other);
    count(Counter::logins);
    count_into(own);
    EXPECT_EQ(other[static_cast<std::size_t>(Counter::logins)].load(), 1U);
    EXPECT_EQ(value(Counter::logins), before);
}

}  // namespace
}  // namespace md::log
