// store/shared_sync.h - one sync for all who wait for one
//
// CONTRACT
//   run(sync) returns when a sync that began after the call has succeeded; calls that come while one runs share the
//   next. A failure is thrown to all who shared it. Thread-safe.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <exception>
#include <mutex>

namespace md::store {

class SharedSync {
  public:
    template <class Sync>
    void run(Sync sync) {
        std::unique_lock lock(mutex_);
        const auto mine = ++wanted_;
        done_changed_.wait(lock, [&] { return done_ >= mine || !running_; });
        if (done_ >= mine) {
            if (mine > failed_from_ && mine <= failed_to_) std::rethrow_exception(failure_);
            return;
        }
        running_ = true;
        const auto before = done_;
        const auto all = wanted_;
        lock.unlock();
        std::exception_ptr failure;
        try {
            sync();
        } catch (...) {
            failure = std::current_exception();
        }
        lock.lock();
        running_ = false;
        done_ = all;
        if (failure) {
            failed_from_ = before;
            failed_to_ = all;
            failure_ = failure;
        }
        done_changed_.notify_all();
        if (failure) std::rethrow_exception(failure);
    }

  private:
    std::mutex mutex_;
    std::condition_variable done_changed_;
    std::uint64_t wanted_ = 0;
    std::uint64_t done_ = 0;
    bool running_ = false;
    std::uint64_t failed_from_ = 0;
    std::uint64_t failed_to_ = 0;
    std::exception_ptr failure_;
};

}  // namespace md::store
