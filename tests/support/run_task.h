// tests/support/run_task.h - a coroutine that never has to wait, run to its end without a loop
#pragma once

#include <exception>
#include <optional>
#include <stdexcept>
#include <utility>

#include "async/task.h"

namespace md::test {

namespace detail {

/// Starts at once, keeps its frame to the end; nothing is ever resumed.
struct Plain {
    struct promise_type : async::PromiseBase {
        Plain get_return_object() const noexcept { return {}; }
        [[nodiscard]] std::suspend_never initial_suspend() const noexcept { return {}; }
        [[nodiscard]] std::suspend_never final_suspend() const noexcept { return {}; }
        void return_void() const noexcept {}
        [[noreturn]] void unhandled_exception() const noexcept { std::terminate(); }
    };
};

template <class T>
Plain run_plain(async::Task<T> task, std::optional<T>& value, std::exception_ptr& failure) {
    try {
        auto got = co_await std::move(task);
        value.emplace(std::move(got));
    } catch (...) {
        failure = std::current_exception();
    }
}

inline Plain run_plain(async::Task<void> task, bool& done, std::exception_ptr& failure) {
    try {
        co_await std::move(task);
        done = true;
    } catch (...) {
        failure = std::current_exception();
    }
}

}  // namespace detail

/// Throws what the coroutine throws.
template <class T>
T run_task(async::Task<T> task) {
    std::optional<T> value;
    std::exception_ptr failure;
    (void)detail::run_plain(std::move(task), value, failure);
    if (failure) std::rethrow_exception(failure);
    if (!value) throw std::logic_error("the coroutine waits for a loop");
    return std::move(*value);
}

inline void run_task(async::Task<void> task) {
    bool done = false;
    std::exception_ptr failure;
    (void)detail::run_plain(std::move(task), done, failure);
    if (failure) std::rethrow_exception(failure);
    if (!done) throw std::logic_error("the coroutine waits for a loop");
}

}  // namespace md::test
