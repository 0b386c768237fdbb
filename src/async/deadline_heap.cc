// async/deadline_heap.cc - see deadline_heap.h

#include "async/deadline_heap.h"

namespace md::async {

void DeadlineHeap::add(Waiter& waiter) {
    heap_.push_back(&waiter);
    place(heap_.size() - 1, &waiter);
    rise(heap_.size() - 1);
}

void DeadlineHeap::remove(Waiter& waiter) noexcept {
    const auto at = waiter.heap_place_;
    waiter.heap_place_ = Waiter::kNotInHeap;
    auto* last = heap_.back();
    heap_.pop_back();
    if (last == &waiter) return;
    place(at, last);
    rise(at);
    sink(last->heap_place_);
}

Deadline DeadlineHeap::soonest() const noexcept {
    return heap_.empty() ? never() : heap_.front()->deadline_;
}

void DeadlineHeap::expire(Deadline now) noexcept {
    while (!heap_.empty() && heap_.front()->deadline_ <= now) heap_.front()->wake(Woken::timed_out);
}

void DeadlineHeap::place(std::size_t at, Waiter* waiter) noexcept {
    heap_[at] = waiter;
    waiter->heap_place_ = at;
}

void DeadlineHeap::rise(std::size_t at) noexcept {
    auto* waiter = heap_[at];
    while (at > 0) {
        const auto above = (at - 1) / 2;
        if (heap_[above]->deadline_ <= waiter->deadline_) break;
        place(at, heap_[above]);
        at = above;
    }
    place(at, waiter);
}

void DeadlineHeap::sink(std::size_t at) noexcept {
    auto* waiter = heap_[at];
    for (;;) {
        auto below = 2 * at + 1;
        if (below >= heap_.size()) break;
        if (below + 1 < heap_.size() && heap_[below + 1]->deadline_ < heap_[below]->deadline_) ++below;
        if (waiter->deadline_ <= heap_[below]->deadline_) break;
        place(at, heap_[below]);
        at = below;
    }
    place(at, waiter);
}

}  // namespace md::async
