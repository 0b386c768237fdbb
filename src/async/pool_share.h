// async/pool_share.h - a part of a pool's threads, so that one user of it leaves room to the others
//
// PURPOSE
//   `co_await offload(share, work)` is as with the pool itself, but of a share at most so many jobs are on the pool at
//   once; the others wait on the loop and hold no thread. A share of a share counts in both.
// CONTRACT
//   Used by coroutines of one loop, in the order of asking. Whoever waits for his turn can be cancelled. The share
//   outlives them.
#pragma once

#include <type_traits>
#include <utility>

#include "async/task.h"
#include "async/wait.h"
#include "async/worker_pool.h"

namespace md::async {

class PoolShare {
  public:
    PoolShare(WorkerPool& pool, unsigned most) noexcept : pool_(pool), free_(most) {}
    PoolShare(PoolShare& whole, unsigned most) noexcept : pool_(whole.pool_), whole_(&whole), free_(most) {}
    PoolShare(const PoolShare&) = delete;
    PoolShare& operator=(const PoolShare&) = delete;

    [[nodiscard]] WorkerPool& pool() noexcept { return pool_; }

    /// Held while a job is on the pool.
    class [[nodiscard]] Place {
      public:
        Place() = default;
        Place(Place&& other) noexcept : share_(std::exchange(other.share_, nullptr)), levels_(other.levels_) {}
        Place& operator=(Place&&) = delete;
        ~Place();

      private:
        friend class PoolShare;
        PoolShare* share_ = nullptr;
        unsigned levels_ = 0;
    };
    [[nodiscard]] Task<Place> enter();

  private:
    void leave() noexcept;

    WorkerPool& pool_;
    PoolShare* whole_ = nullptr;
    unsigned free_;
    WaitPoint turn_;
};

template <class F>
[[nodiscard]] Task<std::invoke_result_t<F&>> offload(PoolShare& share, F& work) {
    const auto place = co_await share.enter();
    if constexpr (std::is_void_v<std::invoke_result_t<F&>>) {
        co_await offload(share.pool(), work);
    } else {
        auto value = co_await offload(share.pool(), work);
        co_return std::move(value);
    }
}

}  // namespace md::async
