// async/worker_pool.h - what blocks runs on another thread
//
// PURPOSE
//   `co_await offload(pool, work)` runs `work()` on one of the pool's threads and gives its value or exception back on
//   the loop.
// CONTRACT
//   `work` is a named callable (an lvalue): g++ 12 destroys twice a temporary that captures. It and all that it refers
//   to live until the await ends, for a job that runs is always waited for, a cancelled coroutine's too. Jobs start in
//   the order of asking and must not wait for each other. No thread exists before the first job. The one that has
//   rested for the shortest time gets the next, for what it touches is still in its processor's caches.
#pragma once

#include <semaphore.h>

#include <deque>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <type_traits>
#include <vector>

#include "async/loop.h"

namespace md::async {

class WorkerPool {
  public:
    explicit WorkerPool(unsigned threads);
    ~WorkerPool();
    WorkerPool(const WorkerPool&) = delete;
    WorkerPool& operator=(const WorkerPool&) = delete;

    struct Job {
        virtual ~Job() = default;
        virtual void run() noexcept = 0;
        Loop* home = nullptr;
        std::coroutine_handle<> handle;
    };
    /// `job` lives until its handle is resumed on the loop of whoever submits it.
    void submit(Job& job);

  private:
    struct Worker {
        Worker();
        ~Worker();
        Worker(const Worker&) = delete;
        Worker& operator=(const Worker&) = delete;

        sem_t called;
        Job* job = nullptr;  ///< of one that was called; null: to end
        std::thread thread;
    };

    void work(Worker& self);
    /// null: no thread is needed any more.
    [[nodiscard]] Job* next(Worker& self);

    unsigned limit_;
    std::mutex mutex_;
    std::deque<Job*> jobs_;  ///< that no thread was free for
    std::vector<std::unique_ptr<Worker>> workers_;
    std::vector<Worker*> idle_;
    bool ending_ = false;
};

template <class F>
class [[nodiscard]] Offload final : private WorkerPool::Job {
    using R = std::invoke_result_t<F&>;
    using Stored = std::conditional_t<std::is_void_v<R>, char, R>;

  public:
    Offload(WorkerPool& pool, F& work) : pool_(pool), work_(work) {}

    [[nodiscard]] bool await_ready() const noexcept { return false; }
    template <class Promise>
    void await_suspend(std::coroutine_handle<Promise> suspended) {
        home = &Loop::current();
        handle = suspended;
        pool_.submit(*this);
    }
    R await_resume() {
        if (failure_) std::rethrow_exception(failure_);
        if constexpr (!std::is_void_v<R>) return std::move(*value_);
    }

  private:
    void run() noexcept override {
        try {
            if constexpr (std::is_void_v<R>) {
                work_();
            } else {
                value_.emplace(work_());
            }
        } catch (...) {
            failure_ = std::current_exception();
        }
    }

    WorkerPool& pool_;
    F& work_;
    std::optional<Stored> value_;
    std::exception_ptr failure_;
};

template <class F>
[[nodiscard]] Offload<F> offload(WorkerPool& pool, F& work) {
    return Offload<F>(pool, work);
}

}  // namespace md::async
