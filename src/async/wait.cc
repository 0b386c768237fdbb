// async/wait.cc - see wait.h

#include "async/wait.h"

#include "async/loop.h"
#include "base/assert.h"

namespace md::async {

Deadline after(Duration duration) {
    return Loop::current().now() + duration;
}

void Hook::link_before(Hook& other) noexcept {
    unlink();
    previous_ = other.previous_;
    next_ = &other;
    previous_->next_ = this;
    other.previous_ = this;
}

void Hook::unlink() noexcept {
    previous_->next_ = next_;
    next_->previous_ = previous_;
    previous_ = this;
    next_ = this;
}

void WaitPoint::wake_all() noexcept {
    while (list_.linked()) wake_one();
}

void WaitPoint::wake_one() noexcept {
    if (!list_.linked()) return;
    auto* place = static_cast<Waiter::Place*>(list_.next());
    place->owner->wake(place->as);
}

void WaitPoint::set_ready(bool ready) noexcept {
    ready_ = ready;
    if (ready) wake_all();
}

Cancellation::Cancellation(Cancellation* parent) : parent_(parent) {
    if (parent == nullptr) return;
    in_parent_.link_before(parent->children_);
    requested_ = parent->requested_;
}

void Cancellation::request() noexcept {
    if (requested_) return;
    requested_ = true;
    while (waiters_.linked()) {
        auto& waiter = Waiter::of(waiters_.next());
        waiter.cancelled_ = true;
        waiter.wake(Woken::timed_out);
    }
    for (auto* child = children_.next(); child != &children_; child = child->next())
        static_cast<Child*>(child)->owner->request();
}

Waiter::~Waiter() {
    leave_all();
}

void Waiter::suspend(std::coroutine_handle<> handle, WaitPoint* first, WaitPoint* second, Deadline deadline,
                     Cancellation* cancellation) {
    handle_ = handle;
    first_.owner = second_.owner = on_cancellation_.owner = this;
    second_.as = Woken::second;
    if (first != nullptr) first_.link_before(first->list_);
    if (second != nullptr) second_.link_before(second->list_);
    if (cancellation != nullptr) on_cancellation_.link_before(cancellation->waiters_);
    deadline_ = deadline;
    if (deadline != never()) Loop::current().deadlines().add(*this);
}

void Waiter::wake(Woken how) noexcept {
    woken_ = how;
    leave_all();
    Loop::current().post(handle_);
}

void Waiter::leave_all() noexcept {
    first_.unlink();
    second_.unlink();
    on_cancellation_.unlink();
    if (heap_place_ != kNotInHeap) Loop::current().deadlines().remove(*this);
}

}  // namespace md::async
