// tests/unit/mdctl/pages_test.cc - the manual pages hold all that the tables hold

#include "mdctl/pages.h"

#include <gtest/gtest.h>

#include <set>

#include "config/schema.h"
#include "log/counter.h"
#include "log/event.h"
#include "mdctl/control.h"

namespace md::mdctl {
namespace {

std::string page(std::string_view name) {
    for (const auto& one : pages())
        if (one.name == name) return one.make();
    return {};
}

bool has(const std::string& text, std::string_view words) {
    return text.find(words) != std::string::npos;
}

TEST(Pages, EachHasItsOwnNameAndTheHeadOfAManualPage) {
    std::set<std::string_view> names;
    for (const auto& one : pages()) {
        EXPECT_TRUE(names.insert(one.name).second) << one.name;
        if (one.name.ends_with(".sample")) continue;
        const auto text = one.make();
        EXPECT_TRUE(has(text, ".Sh NAME")) << one.name;
        EXPECT_TRUE(has(text, ".Sh SEE ALSO")) << one.name;
    }
}

TEST(Pages, EveryDaemonHasOne) {
    for (const auto daemon : kDaemons) {
        const auto text = page(std::string(daemon) + ".8");
        EXPECT_TRUE(has(text, ".Nm " + std::string(daemon))) << daemon;
        EXPECT_TRUE(has(text, ".Sh PROCESSES")) << daemon;
    }
}

TEST(Pages, EveryEventIsExplained) {
    const auto text = page("mdmail-events.7");
    for (const auto& row : log::events()) EXPECT_TRUE(has(text, row.id)) << row.id;
}

TEST(Pages, EveryCounterIsExplainedForEachDaemonThatHasIt) {
    const auto text = page("mdmail-stats.7");
    for (const auto& who : log::who_counts())
        for (const auto& row : log::counters())
            EXPECT_EQ(has(text, ".It \"" + std::string(who.prefix) + "." + std::string(row.name) + "\"\n"),
                      (row.daemons & who.bit) != 0)
                << who.prefix << "." << row.name;
}

TEST(Pages, EveryOptionIsExplained) {
    const auto text = page("mdmail.conf.5");
    for (const auto& option : config::main_schema().options) {
        const auto inner = option.key.substr(option.key.rfind('.') + 1);  // below the heading of its table
        EXPECT_TRUE(has(text, inner)) << option.key;
    }
}

}  // namespace
}  // namespace md::mdctl
