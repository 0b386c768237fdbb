// async/task.h - a coroutine that runs when it is awaited and gives one value or one exception to who awaits it
//
// CONTRACT
//   Lazy; awaited once; owned by who holds it, destroyed only when it has not begun or is done. Inherits the
//   Cancellation of who awaits it. No symmetric transfer: g++ 12 overflows the stack with it at -O0 and under
//   sanitizers after some million awaits that complete at once. await_suspend runs the child inline and says whether it
//   really suspended; only then does the child's end resume the parent.
#pragma once

#include <coroutine>
#include <exception>
#include <optional>
#include <utility>

#include "async/wait.h"
#include "base/assert.h"

namespace md::async {

template <class T>
class Task;

namespace detail {

struct TaskPromiseBase : PromiseBase {
    std::exception_ptr failure;

    struct Final {
        [[nodiscard]] bool await_ready() const noexcept { return false; }
        template <class Promise>
        void await_suspend(std::coroutine_handle<Promise> handle) const noexcept {
            PromiseBase& promise = handle.promise();
            promise.done = true;
            if (promise.parent_waits) promise.parent.resume();  // may destroy this frame: nothing is touched after it
        }
        void await_resume() const noexcept {}
    };

    [[nodiscard]] std::suspend_always initial_suspend() const noexcept { return {}; }
    [[nodiscard]] Final final_suspend() const noexcept { return {}; }
    void unhandled_exception() noexcept { failure = std::current_exception(); }
};

template <class T>
struct TaskPromise : TaskPromiseBase {
    std::optional<T> value;

    Task<T> get_return_object() noexcept;
    template <class U>
    void return_value(U&& v) {
        value.emplace(std::forward<U>(v));
    }
    T take() {
        if (failure) std::rethrow_exception(std::exchange(failure, nullptr));
        return std::move(*value);
    }
};

template <>
struct TaskPromise<void> : TaskPromiseBase {
    Task<void> get_return_object() noexcept;
    void return_void() const noexcept {}
    void take() {
        if (failure) std::rethrow_exception(std::exchange(failure, nullptr));
    }
};

}  // namespace detail

template <class T = void>
class [[nodiscard]] Task {
  public:
    using promise_type = detail::TaskPromise<T>;
    using Handle = std::coroutine_handle<promise_type>;

    Task() = default;
    explicit Task(Handle handle) noexcept : handle_(handle) {}
    Task(Task&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
    Task& operator=(Task&& other) noexcept {
        if (this != &other) {
            if (handle_) handle_.destroy();
            handle_ = std::exchange(other.handle_, nullptr);
        }
        return *this;
    }
    ~Task() {
        if (handle_) handle_.destroy();
    }

    [[nodiscard]] bool await_ready() const noexcept { return false; }

    template <class Promise>
    bool await_suspend(std::coroutine_handle<Promise> parent) {
        MD_ASSERT(handle_ && !handle_.promise().done);
        auto& promise = handle_.promise();
        promise.parent = parent;
        promise.cancellation = parent.promise().cancellation;
        handle_.resume();
        if (promise.done) return false;
        promise.parent_waits = true;
        return true;
    }

    T await_resume() { return handle_.promise().take(); }

  private:
    Handle handle_;
};

namespace detail {

template <class T>
Task<T> TaskPromise<T>::get_return_object() noexcept {
    return Task<T>(std::coroutine_handle<TaskPromise<T>>::from_promise(*this));
}

inline Task<void> TaskPromise<void>::get_return_object() noexcept {
    return Task<void>(std::coroutine_handle<TaskPromise<void>>::from_promise(*this));
}

/// A coroutine without a parent: starts at once, destroys itself at its end. Only Loop and Scope make one.
struct Detached {
    struct promise_type : PromiseBase {
        /// The first argument of the coroutine is the Cancellation under which it runs (none: nullptr).
        template <class... Rest>
        explicit promise_type(Cancellation* under, Rest&...) {
            cancellation = under;
        }
        Detached get_return_object() const noexcept { return {}; }
        [[nodiscard]] std::suspend_never initial_suspend() const noexcept { return {}; }
        [[nodiscard]] std::suspend_never final_suspend() const noexcept { return {}; }
        void return_void() const noexcept {}
        [[noreturn]] void unhandled_exception() const noexcept { std::terminate(); }
    };
};

}  // namespace detail

}  // namespace md::async
