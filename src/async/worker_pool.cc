// async/worker_pool.cc - see worker_pool.h

#include "async/worker_pool.h"

#include <csignal>

#include "base/assert.h"

namespace md::async {

namespace {

/// Signals are the loop's: a thread that blocks them all never sees one.
class SignalsBlocked {
  public:
    SignalsBlocked() {
        sigset_t all;
        sigfillset(&all);
        pthread_sigmask(SIG_SETMASK, &all, &before_);
    }
    ~SignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

  private:
    sigset_t before_;
};

}  // namespace

WorkerPool::WorkerPool(unsigned threads) : limit_(threads) {
    MD_ASSERT(threads > 0);
}

WorkerPool::~WorkerPool() {
    {
        const std::lock_guard guard(mutex_);
        ending_ = true;
    }
    wanted_.notify_all();
    for (auto& thread : threads_) thread.join();
}

void WorkerPool::submit(Job& job) {
    const std::lock_guard guard(mutex_);
    jobs_.push_back(&job);
    if (idle_ < jobs_.size() && threads_.size() < limit_) {
        const SignalsBlocked inherited;
        threads_.emplace_back([this] { work(); });
    }
    wanted_.notify_one();
}

void WorkerPool::work() {
    std::unique_lock lock(mutex_);
    for (;;) {
        ++idle_;
        wanted_.wait(lock, [this] { return ending_ || !jobs_.empty(); });
        --idle_;
        if (jobs_.empty()) return;
        auto* job = jobs_.front();
        jobs_.pop_front();
        lock.unlock();
        job->run();
        auto* home = job->home;
        home->post_external([home, handle = job->handle] { home->post(handle); });
        lock.lock();
    }
}

}  // namespace md::async
