// async/scope.cc - see scope.h

#include "async/scope.h"

#include <utility>

namespace md::async {

void Scope::spawn(Task<void> task) {
    ++children_;
    run_child(&cancellation_, this, std::move(task));
}

Task<void> Scope::join() {
    while (children_ > 0) co_await Wait(changed_, never(), Wait::Cancel::ignored);
}

Task<void> Scope::run_body(Task<void> body) {
    bool done = false;
    run_under(&cancellation_, this, std::move(body), &done);
    while (!done) co_await Wait(changed_, never(), Wait::Cancel::ignored);
}

void Scope::rethrow_first() const {
    if (first_) std::rethrow_exception(first_);
    if (cancellation_.requested_by_parent()) throw Cancelled();
}

void Scope::keep(std::exception_ptr failure) noexcept {
    if (!first_) first_ = std::move(failure);
    cancel();
}

detail::Detached Scope::run_child(Cancellation*, Scope* scope, Task<void> task) {
    try {
        co_await task;
    } catch (const Cancelled&) {
        // Its end was wanted.
    } catch (...) {
        scope->keep(std::current_exception());
    }
    --scope->children_;
    scope->changed_.wake_all();
}

detail::Detached Scope::run_under(Cancellation*, Scope* scope, Task<void> body, bool* done) {
    try {
        co_await body;
    } catch (const Cancelled&) {
        // Cancelled with its parent (told by rethrow_first) or by its own scope.cancel().
    } catch (...) {
        scope->keep(std::current_exception());
    }
    *done = true;
    scope->changed_.wake_all();
}

}  // namespace md::async
