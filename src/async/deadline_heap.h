// async/deadline_heap.h - the waiters that have a deadline, soonest first
//
// CONTRACT
//   A binary heap of pointers in which each waiter knows its place: adding and removing cost O(log n) and allocate
//   nothing per wait.
#pragma once

#include <vector>

#include "async/wait.h"

namespace md::async {

class DeadlineHeap {
  public:
    void add(Waiter& waiter);
    void remove(Waiter& waiter) noexcept;
    /// never() if none waits.
    [[nodiscard]] Deadline soonest() const noexcept;
    /// Wakes with timed_out all whose deadline is at or before `now`.
    void expire(Deadline now) noexcept;

  private:
    void place(std::size_t at, Waiter* waiter) noexcept;
    void rise(std::size_t at) noexcept;
    void sink(std::size_t at) noexcept;

    std::vector<Waiter*> heap_;
};

}  // namespace md::async
