// async/scope.h - nothing runs without an owner
//
// PURPOSE
//   `co_await scoped(body)` runs body(scope); what body spawns into the scope is joined before scoped() returns.
// CONTRACT
//   The first exception of body or child (Cancelled apart) is kept; the others are cancelled and joined; then it is
//   rethrown. A body that returns waits for its children; scope.cancel() ends them. Cancelling whoever awaits scoped()
//   cancels body and children. `body` is a named callable Task<void>(Scope&) that is not itself a capturing coroutine,
//   for instance a lambda that calls a named one.
#pragma once

#include <cstddef>
#include <exception>

#include "async/task.h"
#include "async/wait.h"

namespace md::async {

class Scope {
  public:
    explicit Scope(Cancellation* parent) : cancellation_(parent) {}
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

    /// Starts `task` at once, up to its first wait.
    void spawn(Task<void> task);
    void cancel() noexcept { cancellation_.request(); }
    [[nodiscard]] std::size_t children() const noexcept { return children_; }
    /// Waits until no child is left; not itself cancelled.
    Task<void> join();

    /// Runs the body under this scope's own cancellation.
    Task<void> run_body(Task<void> body);
    void rethrow_first() const;

  private:
    static detail::Detached run_child(Cancellation* under, Scope* scope, Task<void> task);
    static detail::Detached run_under(Cancellation* under, Scope* scope, Task<void> body, bool* done);
    void keep(std::exception_ptr failure) noexcept;

    Cancellation cancellation_;
    WaitPoint changed_;
    std::size_t children_ = 0;
    std::exception_ptr first_;
};

/// The Cancellation of the coroutine that awaits it.
class [[nodiscard]] CurrentCancellation {
  public:
    [[nodiscard]] bool await_ready() const noexcept { return false; }
    template <class Promise>
    bool await_suspend(std::coroutine_handle<Promise> handle) noexcept {
        cancellation_ = handle.promise().cancellation;
        return false;
    }
    [[nodiscard]] Cancellation* await_resume() const noexcept { return cancellation_; }

  private:
    Cancellation* cancellation_ = nullptr;
};

template <class Body>
Task<void> scoped(Body& body) {
    auto* parent = co_await CurrentCancellation();
    Scope scope(parent);
    co_await scope.run_body(body(scope));
    co_await scope.join();
    scope.rethrow_first();
}

}  // namespace md::async
