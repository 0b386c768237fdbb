// async/wait.h - the one way in which a coroutine is suspended and woken
//
// PURPOSE
//   A coroutine waits for a WaitPoint (a descriptor, a signal, a lock), for the first of two, or for a deadline. Every
//   other primitive of this folder is made of it, so that cancelling is written once.
// CONTRACT
//   A waiter is woken once, through its loop, never inside the call that wakes it. Losing one of two has consumed
//   nothing. After a Cancellation was requested each wait of its coroutines ends by throwing Cancelled, also those that
//   begin later. All of it belongs to one thread: that of the loop on which the coroutine runs.
#pragma once

#include <chrono>
#include <coroutine>
#include <cstddef>
#include <cstdint>

namespace md::async {

using Duration = std::chrono::steady_clock::duration;
/// A moment of Loop::now(); never() does not come.
using Deadline = std::chrono::steady_clock::time_point;

[[nodiscard]] constexpr Deadline never() noexcept {
    return Deadline::max();
}
/// `duration` from now.
[[nodiscard]] Deadline after(Duration duration);

/// Thrown out of a wait whose scope is being left. Not an error: nobody logs it, and no std::exception, so that nobody
/// takes it for one.
struct Cancelled {};

enum class Woken : std::uint8_t { first, second, timed_out };

/// A place in an intrusive list; unlinked by its destructor.
class Hook {
  public:
    Hook() = default;
    Hook(const Hook&) = delete;
    Hook& operator=(const Hook&) = delete;
    ~Hook() { unlink(); }

    [[nodiscard]] bool linked() const noexcept { return next_ != this; }
    [[nodiscard]] Hook* next() const noexcept { return next_; }
    void link_before(Hook& other) noexcept;
    void unlink() noexcept;

  private:
    Hook* previous_ = this;
    Hook* next_ = this;
};

/// Something that may be waited for. While `ready()` nobody waits.
class WaitPoint {
  public:
    [[nodiscard]] bool ready() const noexcept { return ready_; }
    [[nodiscard]] bool awaited() const noexcept { return list_.linked(); }
    void wake_all() noexcept;  ///< all who wait now
    void wake_one() noexcept;  ///< the one who waits longest
    void set_ready(bool ready) noexcept;

  private:
    friend class Waiter;
    Hook list_;
    bool ready_ = false;
};

/// What a scope's coroutines are cancelled by. A child's is requested with its parent's.
class Cancellation {
  public:
    explicit Cancellation(Cancellation* parent);
    Cancellation(const Cancellation&) = delete;
    Cancellation& operator=(const Cancellation&) = delete;

    [[nodiscard]] bool requested() const noexcept { return requested_; }
    /// Requested from above, so that whoever awaits the scope must go too.
    [[nodiscard]] bool requested_by_parent() const noexcept { return parent_ != nullptr && parent_->requested(); }
    void request() noexcept;

  private:
    friend class Waiter;
    struct Child : Hook {
        explicit Child(Cancellation* o) : owner(o) {}
        Cancellation* owner;
    };

    Cancellation* parent_;
    Hook waiters_;
    Hook children_;
    Child in_parent_{this};
    bool requested_ = false;
};

/// What every promise of this folder carries; handed down from the awaiting coroutine to the awaited.
struct PromiseBase {
    std::coroutine_handle<> parent;
    Cancellation* cancellation = nullptr;
    bool parent_waits = false;
    bool done = false;
};

/// One suspended coroutine, in its own frame.
class Waiter {
  public:
    Waiter() = default;
    ~Waiter();

    /// Suspends `handle` until one of the points wakes it, the deadline passes or `cancellation` (if any) is requested.
    void suspend(std::coroutine_handle<> handle, WaitPoint* first, WaitPoint* second, Deadline deadline,
                 Cancellation* cancellation);
    [[nodiscard]] Woken woken() const noexcept { return woken_; }
    [[nodiscard]] bool cancelled() const noexcept { return cancelled_; }

  private:
    friend class WaitPoint;
    friend class Cancellation;
    friend class DeadlineHeap;
    struct Place : Hook {
        Waiter* owner = nullptr;
        Woken as = Woken::first;
    };

    static constexpr std::size_t kNotInHeap = static_cast<std::size_t>(-1);

    static Waiter& of(Hook* hook) noexcept { return *static_cast<Place*>(hook)->owner; }
    void wake(Woken how) noexcept;
    void leave_all() noexcept;

    std::coroutine_handle<> handle_;
    Place first_, second_, on_cancellation_;
    Deadline deadline_ = never();
    std::size_t heap_place_ = kNotInHeap;
    Woken woken_ = Woken::timed_out;
    bool cancelled_ = false;
};

/// The awaitable: `const auto woken = co_await Wait(point, deadline);`
class [[nodiscard]] Wait {
  public:
    enum class Cancel : std::uint8_t { by_scope, ignored };

    explicit Wait(Deadline deadline) : deadline_(deadline) {}
    Wait(WaitPoint& first, Deadline deadline, Cancel cancel = Cancel::by_scope)
        : first_(&first), deadline_(deadline), cancel_(cancel) {}
    Wait(WaitPoint& first, WaitPoint& second, Deadline deadline)
        : first_(&first), second_(&second), deadline_(deadline) {}

    [[nodiscard]] bool await_ready() const noexcept { return false; }

    template <class Promise>
    bool await_suspend(std::coroutine_handle<Promise> handle) {
        auto* cancellation = cancel_ == Cancel::ignored ? nullptr : handle.promise().cancellation;
        if (cancellation != nullptr && cancellation->requested()) {
            now_ = Now::cancelled;
        } else if (first_ != nullptr && first_->ready()) {
            now_ = Now::first;
        } else if (second_ != nullptr && second_->ready()) {
            now_ = Now::second;
        } else {
            waiter_.suspend(handle, first_, second_, deadline_, cancellation);
            return true;
        }
        return false;
    }

    Woken await_resume() const {
        if (now_ == Now::first) return Woken::first;
        if (now_ == Now::second) return Woken::second;
        if (now_ == Now::cancelled || waiter_.cancelled()) throw Cancelled();
        return waiter_.woken();
    }

  private:
    enum class Now : std::uint8_t { waited, first, second, cancelled };

    WaitPoint* first_ = nullptr;
    WaitPoint* second_ = nullptr;
    Deadline deadline_;
    Cancel cancel_ = Cancel::by_scope;
    Now now_ = Now::waited;
    Waiter waiter_;
};

/// Waits for whichever comes first; readiness only.
[[nodiscard]] inline Wait either(WaitPoint& first, WaitPoint& second, Deadline deadline) {
    return Wait(first, second, deadline);
}

}  // namespace md::async
