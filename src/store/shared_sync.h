// store/shared_sync.h - one sync for all who wait for one
//
// CONTRACT
//   run(sync) returns when a sync that began after the call has succeeded; calls that come while one runs share the
//   next. A failure is thrown to all who shared it. Thread-safe.
#pragma once

#include <condition_variable>
#include <exception>
#include <memory>
#include <mutex>

namespace md::store {

class SharedSync {
  public:
    template <class Sync>
    void run(Sync sync) {
        std::unique_lock lock(mutex_);
        if (!next_) next_ = std::make_shared<Run>();
        const auto mine = next_;
        changed_.wait(lock, [&] { return mine->over || !running_; });
        if (!mine->over) {
            begin(lock, sync);
            mine->over = true;
            changed_.notify_all();
        }
        if (mine->failure) std::rethrow_exception(mine->failure);
    }

  private:
    /// What those share who asked before it began.
    struct Run {
        bool over = false;
        std::exception_ptr failure;
    };

    template <class Sync>
    void begin(std::unique_lock<std::mutex>& lock, Sync& sync) {
        const auto mine = std::move(next_);
        next_ = nullptr;
        running_ = true;
        lock.unlock();
        std::exception_ptr failure;
        try {
            sync();
        } catch (...) {
            failure = std::current_exception();
        }
        lock.lock();
        running_ = false;
        mine->failure = failure;
    }

    std::mutex mutex_;
    std::condition_variable changed_;
    std::shared_ptr<Run> next_;  ///< not begun yet
    bool running_ = false;
};

}  // namespace md::store
