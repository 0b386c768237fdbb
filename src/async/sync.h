// async/sync.h - coroutines of one loop wait for each other
#pragma once

#include <utility>

#include "async/task.h"
#include "async/wait.h"

namespace md::async {

/// Set: everyone goes on, until it is cleared.
class Signal {
  public:
    void set() noexcept { point_.set_ready(true); }
    void clear() noexcept { point_.set_ready(false); }
    [[nodiscard]] bool is_set() const noexcept { return point_.ready(); }
    [[nodiscard]] WaitPoint& point() noexcept { return point_; }
    [[nodiscard]] Wait wait(Deadline deadline) { return Wait(point_, deadline); }

  private:
    WaitPoint point_;
};

/// So many at a time, in the order of asking. Held across awaits; for threads there is std::counting_semaphore.
class Semaphore {
  public:
    class [[nodiscard]] Guard {
      public:
        explicit Guard(Semaphore& semaphore) noexcept : semaphore_(&semaphore) {}
        Guard(Guard&& other) noexcept : semaphore_(std::exchange(other.semaphore_, nullptr)) {}
        Guard& operator=(Guard&&) = delete;
        ~Guard() { unlock(); }

        /// Before its end.
        void unlock() noexcept {
            if (auto* const held = std::exchange(semaphore_, nullptr)) held->unlock();
        }

      private:
        Semaphore* semaphore_;
    };

    explicit Semaphore(std::size_t count) : free_(count) {}

    Task<Guard> lock();

  private:
    void unlock() noexcept;

    WaitPoint freed_;
    std::size_t free_;
};

/// One at a time.
class Mutex : public Semaphore {
  public:
    Mutex() : Semaphore(1) {}
};

}  // namespace md::async
