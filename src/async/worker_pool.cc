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

WorkerPool::Worker::Worker() {
    ::sem_init(&called, 0, 0);
}

WorkerPool::Worker::~Worker() {
    thread.join();
    ::sem_destroy(&called);
}

WorkerPool::WorkerPool(unsigned threads) : limit_(threads) {
    MD_ASSERT(threads > 0);
}

WorkerPool::~WorkerPool() {
    {
        const std::lock_guard guard(mutex_);
        ending_ = true;
        for (auto* worker : idle_) ::sem_post(&worker->called);
    }
    workers_.clear();
}

void WorkerPool::submit(Job& job) {
    Worker* called = nullptr;
    {
        const std::lock_guard guard(mutex_);
        if (!idle_.empty()) {
            called = idle_.back();
            idle_.pop_back();
            called->job = &job;
        } else {
            jobs_.push_back(&job);
            if (workers_.size() < limit_) {
                const SignalsBlocked inherited;
                auto& worker = *workers_.emplace_back(std::make_unique<Worker>());
                worker.thread = std::thread([this, &worker] { work(worker); });
            }
        }
    }
    if (called != nullptr) ::sem_post(&called->called);
}

WorkerPool::Job* WorkerPool::next(Worker& self) {
    {
        const std::lock_guard guard(mutex_);
        if (!jobs_.empty()) {
            auto* job = jobs_.front();
            jobs_.pop_front();
            return job;
        }
        if (ending_) return nullptr;
        self.job = nullptr;
        idle_.push_back(&self);
    }
    while (::sem_wait(&self.called) != 0) continue;  // EINTR
    return self.job;
}

void WorkerPool::work(Worker& self) {
    while (auto* job = next(self)) {
        job->run();
        auto* home = job->home;
        home->post_external([home, handle = job->handle] { home->post(handle); });
    }
}

}  // namespace md::async
