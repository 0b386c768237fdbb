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

/// One at a time, in the order of asking. Held across awaits; for threads there is std::mutex.
class Mutex {
  public:
    class [[nodiscard]] Guard {
      public:
        explicit Guard(Mutex& mutex) noexcept : mutex_(&mutex) {}
        Guard(Guard&& other) noexcept : mutex_(std::exchange(other.mutex_, nullptr)) {}
        Guard& operator=(Guard&&) = delete;
        ~Guard() {
            if (mutex_ != nullptr) mutex_->unlock();
        }

      private:
        Mutex* mutex_;
    };

    Task<Guard> lock();

  private:
    void unlock() noexcept;

    WaitPoint free_;
    bool held_ = false;
};

}  // namespace md::async
