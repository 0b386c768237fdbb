// tests/unit/accounts/parsed_files_test.cc - files are parsed again when they have changed, and not before

#include "accounts/parsed_files.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "support/temporary_directory.h"

namespace md::accounts {
namespace {

class Later final : public Clock {
  public:
    [[nodiscard]] WallTime now() const noexcept override { return real_clock().now() + ahead; }
    std::chrono::seconds ahead{10};
};

struct ParsedFilesTest : testing::Test {
    std::string get() {
        const auto value = parsed.get(path, [this](const std::string& text) -> Result<std::string, Unavailable> {
            ++times;
            if (text == "bad") return fail(Unavailable{"bad"});
            return text;
        });
        if (!value) return "unavailable";
        return *value ? **value : "none";
    }
    void write(const std::string& text) { std::ofstream(path) << text; }

    test::TemporaryDirectory tmp;
    std::string path = tmp / "file";
    Later clock;
    ParsedFiles<std::string> parsed{real_files(), clock};
    int times = 0;
};

TEST_F(ParsedFilesTest, WhatHasNotChangedIsNotReadAgain) {
    write("one");
    EXPECT_EQ(get(), "one");
    EXPECT_EQ(get(), "one");
    EXPECT_EQ(times, 1);
}

TEST_F(ParsedFilesTest, AChangeInPlaceByRenameOrOfTheTimeAloneIsSeen) {
    write("one");
    EXPECT_EQ(get(), "one");
    write("two");
    // Two writes may have the time of one tick.
    std::filesystem::last_write_time(path, std::filesystem::last_write_time(path) + std::chrono::seconds(1));
    EXPECT_EQ(get(), "two");
    real_files().replace(path, "six");
    EXPECT_EQ(get(), "six");
    EXPECT_EQ(times, 3);
    std::filesystem::remove(path);
    EXPECT_EQ(get(), "none");
}

TEST_F(ParsedFilesTest, IsAtHandForAWhileAfterEachLook) {
    write("one");
    EXPECT_EQ(parsed.at_hand(path), nullptr) << "never looked at";
    EXPECT_EQ(get(), "one");
    clock.ahead += ParsedFiles<std::string>::kAtHand - std::chrono::seconds(2);
    ASSERT_NE(parsed.at_hand(path), nullptr);
    EXPECT_EQ(*parsed.at_hand(path), "one");
    EXPECT_EQ(get(), "one");
    clock.ahead += ParsedFiles<std::string>::kAtHand - std::chrono::seconds(2);
    EXPECT_NE(parsed.at_hand(path), nullptr) << "each look counts";
    clock.ahead += std::chrono::seconds(4);
    EXPECT_EQ(parsed.at_hand(path), nullptr);
    EXPECT_EQ(get(), "one");
    clock.ahead -= std::chrono::hours(1);
    EXPECT_EQ(parsed.at_hand(path), nullptr) << "the clock was set back";
}

TEST_F(ParsedFilesTest, AYoungFileIsReadEachTime) {
    clock.ahead = std::chrono::seconds(0);
    write("one");
    EXPECT_EQ(get(), "one");
    EXPECT_EQ(get(), "one");
    EXPECT_EQ(times, 2);
}

TEST_F(ParsedFilesTest, AFaultIsNotRemembered) {
    write("bad");
    EXPECT_EQ(get(), "unavailable");
    EXPECT_EQ(get(), "unavailable");
    EXPECT_EQ(times, 2);
}

}  // namespace
}  // namespace md::accounts
