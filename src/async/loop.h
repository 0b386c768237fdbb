// async/loop.h - one thread's turn of events
//
// PURPOSE
//   Runs coroutines: waits (epoll, by libevent) for descriptors, deadlines, signals of the system and jobs of other
//   threads, and resumes who waited. This folder alone includes libevent.
// CONTRACT
//   One Loop a thread, found by current(). Only post_external() may be called from another thread. run() returns when
//   its task is done. Resuming happens only in run()'s turn, one coroutine after the other, in the order in which they
//   were woken; whom they wake is resumed in the same turn, as long as that does not go on for ever. A child process
//   made by fork makes a new Loop and never touches its parent's.
#pragma once

#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "async/deadline_heap.h"
#include "async/task.h"
#include "async/wait.h"

struct event;
struct event_base;

namespace md::async {

class Loop {
  public:
    Loop();
    ~Loop();
    Loop(const Loop&) = delete;
    Loop& operator=(const Loop&) = delete;

    [[nodiscard]] static Loop& current() noexcept;

    /// Runs until `task` is done; its value or its exception is the caller's.
    template <class T>
    T run(Task<T> task);

    [[nodiscard]] Deadline now() const noexcept { return std::chrono::steady_clock::now() + offset_; }
    /// For tests: lets `duration` pass at once.
    void advance(Duration duration) noexcept { offset_ += duration; }

    void post(std::coroutine_handle<> handle) { ready_.push_back(handle); }
    /// Behind all that is ready, and behind what the system has to tell by then.
    void post_behind(std::coroutine_handle<> handle) { yielded_.push_back(handle); }
    /// From any thread: `work` runs on the loop's thread in one of its next turns.
    void post_external(std::function<void()> work);

    [[nodiscard]] DeadlineHeap& deadlines() noexcept { return deadlines_; }
    [[nodiscard]] event_base* base() noexcept { return base_; }

    /// In a child after fork, before its own Loop is made: forgets the parent's without touching what they share.
    static void forget_after_fork() noexcept;

  private:
    void run_until(const bool& done);
    void turn(const bool& done);
    void resume_ready(const bool& done);
    void arm_timer();
    void run_external();

    event_base* base_;
    event* timer_;
    event* wake_up_;
    int wake_fd_;
    Deadline armed_ = never();
    Duration offset_{0};
    DeadlineHeap deadlines_;
    std::vector<std::coroutine_handle<>> ready_;
    std::vector<std::coroutine_handle<>> running_;
    std::vector<std::coroutine_handle<>> yielded_;
    std::mutex external_mutex_;
    std::vector<std::function<void()>> external_;
};

namespace detail {

template <class T>
struct RunState {
    bool done = false;
    std::optional<T> value;
    std::exception_ptr failure;
};
template <>
struct RunState<void> {
    bool done = false;
    std::exception_ptr failure;
};

template <class T>
Detached run_root(Cancellation*, RunState<T>* state, Task<T> task) {
    try {
        if constexpr (std::is_void_v<T>) {
            co_await task;
        } else {
            auto value = co_await task;
            state->value.emplace(std::move(value));
        }
    } catch (...) {
        state->failure = std::current_exception();
    }
    state->done = true;
}

}  // namespace detail

template <class T>
T Loop::run(Task<T> task) {
    detail::RunState<T> state;
    detail::run_root<T>(nullptr, &state, std::move(task));
    run_until(state.done);
    if (state.failure) std::rethrow_exception(state.failure);
    if constexpr (!std::is_void_v<T>) return std::move(*state.value);
}

/// Lets every other coroutine that is ready run first, those too that wait for the system.
class [[nodiscard]] Yield {
  public:
    [[nodiscard]] bool await_ready() const noexcept { return false; }
    template <class Promise>
    void await_suspend(std::coroutine_handle<Promise> handle) {
        cancellation_ = handle.promise().cancellation;
        Loop::current().post_behind(handle);
    }
    void await_resume() const {
        if (cancellation_ != nullptr && cancellation_->requested()) throw Cancelled();
    }

  private:
    Cancellation* cancellation_ = nullptr;
};

[[nodiscard]] inline Yield yield() {
    return {};
}

[[nodiscard]] inline Wait sleep_until(Deadline deadline) {
    return Wait(deadline);
}
[[nodiscard]] inline Wait sleep_for(Duration duration) {
    return Wait(after(duration));
}

}  // namespace md::async
