// tests/unit/async/task_test.cc - async/task.h, and the shapes of coroutine that must stay safe on g++ 12

#include "async/task.h"

#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>
#include <string>

#include "async/loop.h"

namespace md::async {
namespace {

Task<int> at_once(int value) {
    co_return value;
}

Task<int> later(int value) {
    co_await yield();
    co_return value;
}

Task<int> sum_at_once(int times) {
    int total = 0;
    for (int i = 0; i < times; ++i) {
        const auto one = co_await at_once(1);
        total += one;
    }
    co_return total;
}

Task<int> sum_later(int times) {
    int total = 0;
    for (int i = 0; i < times; ++i) {
        const auto one = co_await later(1);
        total += one;
    }
    co_return total;
}

TEST(Task, ValueComesThrough) {
    Loop loop;
    EXPECT_EQ(loop.run(at_once(7)), 7);
    EXPECT_EQ(loop.run(later(8)), 8);
}

TEST(Task, MillionsOfAwaitsDoNotGrowTheStack) {
    Loop loop;
    EXPECT_EQ(loop.run(sum_at_once(3'000'000)), 3'000'000);
    EXPECT_EQ(loop.run(sum_later(100'000)), 100'000);
}

Task<void> throws_after(bool suspend) {
    if (suspend) co_await yield();
    throw std::runtime_error("thrown");
}

Task<std::string> catches(bool suspend) {
    std::string caught;
    try {
        co_await throws_after(suspend);
    } catch (const std::runtime_error& error) {
        caught = error.what();
    }
    co_return caught;
}

TEST(Task, ExceptionReachesWhoAwaits) {
    Loop loop;
    EXPECT_EQ(loop.run(catches(false)), "thrown");
    EXPECT_EQ(loop.run(catches(true)), "thrown");
    EXPECT_THROW(loop.run(throws_after(true)), std::runtime_error);
}

/// Counts how often it is constructed and destroyed: a double destruction shows.
struct Counted {
    explicit Counted(int* balance) : live(balance) { ++*live; }
    Counted(Counted&& other) noexcept : live(other.live) { ++*live; }
    Counted(const Counted&) = delete;
    ~Counted() { --*live; }
    int* live;
};

Task<int> takes(Counted counted, std::string text) {
    co_await yield();
    co_return *counted.live + static_cast<int>(text.size());
}

Task<std::unique_ptr<int>> gives() {
    co_await yield();
    co_return std::make_unique<int>(5);
}

Task<int> passes_named_values(int* balance) {
    Counted counted(balance);
    std::string text = "a text that is too long for the small string";
    const auto size = static_cast<int>(text.size());
    const auto got = co_await takes(std::move(counted), std::move(text));
    const auto pointer = co_await gives();
    co_return got - size + *pointer;
}

TEST(Task, ParametersAreDestroyedOnce) {
    Loop loop;
    int balance = 0;
    EXPECT_EQ(loop.run(passes_named_values(&balance)),
              3 + 5);  // then live: the named one, the argument, its copy in the frame
    EXPECT_EQ(balance, 0);
}

Task<int> test_after_await(int rounds) {
    int seen = 0;
    while (true) {
        const auto value = co_await later(seen + 1);
        seen = value;
        if (value >= rounds) break;
    }
    co_return seen;
}

TEST(Task, AwaitIntoALocalThenTest) {
    Loop loop;
    EXPECT_EQ(loop.run(test_after_await(100)), 100);
}

}  // namespace
}  // namespace md::async
