// tests/unit/daemon/user_names_test.cc - one look-up for all of a user's connections

#include "daemon/user_names.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

#include "async/loop.h"
#include "async/scope.h"

namespace md::daemon {
namespace {

std::atomic<int> asked{0};
std::atomic<int> at_once{0};
std::atomic<bool> crowded{false};

std::optional<std::string> slow_name(uid_t uid) {
    ++asked;
    if (++at_once > 1) crowded = true;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    --at_once;
    return uid == 9 ? std::nullopt : std::optional("user " + std::to_string(uid));
}

async::Task<void> ask(UserNames& names, uid_t uid, std::vector<std::string>& found) {
    const auto name = co_await names.of(uid);
    found.push_back(name.value_or("none"));
}

async::Task<void> ask_often(async::Scope& scope, UserNames& names, std::vector<std::string>& found) {
    for (int i = 0; i < 5; ++i)
        for (const uid_t uid : {7U, 8U}) scope.spawn(ask(names, uid, found));
    co_await ask(names, 9, found);
}

TEST(UserNames, AreAskedForOnceAndOneAtATime) {
    async::Loop loop;
    async::WorkerPool pool{4};
    UserNames names(pool, slow_name);
    std::vector<std::string> found;
    auto body = [&](async::Scope& scope) { return ask_often(scope, names, found); };
    loop.run(async::scoped(body));
    EXPECT_EQ(std::ranges::count(found, "user 7"), 5);
    EXPECT_EQ(std::ranges::count(found, "user 8"), 5);
    EXPECT_EQ(std::ranges::count(found, "none"), 1);
    EXPECT_EQ(asked, 3);
    EXPECT_FALSE(crowded);
}

}  // namespace
}  // namespace md::daemon
