#include "log/event.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "base/strings.h"
#include "log/logger.h"
#include "support/memory_sink.h"

namespace md::log {
namespace {

TEST(Events, HaveIdsThatAreUniqueAndStable) {
    std::set<std::string_view> seen;
    for (const auto& row : events()) {
        EXPECT_TRUE(seen.insert(row.id).second) << row.id;
        EXPECT_EQ(row.id.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-"), std::string_view::npos) << row.id;
        EXPECT_GT(row.prose.size(), 10U) << row.id;
        EXPECT_EQ(row.prose.back(), '.') << row.id;
    }
}

TEST(Events, HaveFieldsThatNoKeyOfALineHides) {
    const std::set<std::string_view> taken{"time", "daemon", "child", "pid", "level", "session", "event"};
    for (const auto& row : events()) {
        if (row.fields.empty()) continue;
        std::set<std::string_view> fields;
        for (const auto field : split(row.fields, ',')) {
            EXPECT_FALSE(taken.contains(field)) << row.id << " " << field;
            EXPECT_TRUE(fields.insert(field).second) << row.id << " " << field;
            EXPECT_EQ(field.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_"), std::string_view::npos)
                << row.id << " " << field;
        }
    }
}

TEST(Logger, WritesFieldsByPosition) {
    test::MemorySink sink;
    const Logger log(sink, "abc");
    log.event(Event::ListenerOpened, "imap", std::string("127.0.0.1:143"));
    Logger(sink).event(Event::DaemonStopped);
    const auto lines = sink.lines();
    ASSERT_EQ(lines.size(), 2U);
    EXPECT_EQ(lines[0], "info abc listener-opened protocol=imap address=127.0.0.1:143");
    EXPECT_EQ(lines[1], "notice - daemon-stopped");
}

TEST(Logger, WritesNumbersIdsTimesAndCauses) {
    EXPECT_EQ(Field(42).text(), "42");
    EXPECT_EQ(Field(true).text(), "true");
    EXPECT_EQ(Field(std::chrono::milliseconds(1500)).text(), "1.500");
    EXPECT_EQ(Field(QueueId(0)).text(), QueueId(0).text());
    test::MemorySink sink;
    Logger(sink).failure(Event::ChildFailed, std::make_exception_ptr(std::runtime_error("open /x: no")));
    EXPECT_EQ(sink.lines().at(0), "error - child-failed cause=\"open /x: no\"");
}

TEST(Logger, NamesEachSessionDifferently) {
    EXPECT_EQ(new_session_id().size(), 12U);
    EXPECT_NE(new_session_id(), new_session_id());
}

}  // namespace
}  // namespace md::log
