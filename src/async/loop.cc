// async/loop.cc - see loop.h

#include "async/loop.h"

#include <event2/event.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/assert.h"
#include "base/error.h"

namespace md::async {

namespace {

thread_local Loop* current_loop = nullptr;

// Ends the wait. The system's coarse clock may be early by some milliseconds: what is due then must be armed anew.
void on_timer(evutil_socket_t, short, void* armed) {
    *static_cast<Deadline*>(armed) = never();
}

// Told by edges: each write is one, so that the counter need not be read. 2^64 of them is more than a process sees.
void on_wake_up(evutil_socket_t, short, void*) {}

/// Whoever is woken by those who run may wake others; so often, before the system is asked again what there is.
constexpr int kRounds = 32;

event_base* make_base() {
    auto* config = event_config_new();
    MD_ASSERT(config != nullptr);
    event_config_set_flag(config, EVENT_BASE_FLAG_NOLOCK);
    event_config_set_flag(config, EVENT_BASE_FLAG_EPOLL_USE_CHANGELIST);
    auto* base = event_base_new_with_config(config);
    event_config_free(config);
    if (base == nullptr) throw SystemError("event_base_new", "", ENOMEM);
    return base;
}

}  // namespace

Loop::Loop() : base_(make_base()), wake_fd_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    MD_ASSERT(current_loop == nullptr);
    if (wake_fd_ < 0) throw SystemError("eventfd", "", errno);
    timer_ = event_new(base_, -1, 0, on_timer, &armed_);
    wake_up_ = event_new(base_, wake_fd_, EV_READ | EV_PERSIST | EV_ET, on_wake_up, nullptr);
    if (timer_ == nullptr || wake_up_ == nullptr || event_add(wake_up_, nullptr) != 0)
        throw SystemError("event_new", "", ENOMEM);
    current_loop = this;
}

Loop::~Loop() {
    event_free(timer_);
    event_free(wake_up_);
    event_base_free(base_);
    ::close(wake_fd_);
    current_loop = nullptr;
}

Loop& Loop::current() noexcept {
    MD_ASSERT(current_loop != nullptr);
    return *current_loop;
}

void Loop::forget_after_fork() noexcept {
    current_loop = nullptr;
}

void Loop::post_external(std::function<void()> work) {
    bool first;
    {
        const std::lock_guard guard(external_mutex_);
        first = external_.empty();
        external_.push_back(std::move(work));
    }
    if (!first) return;
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto n = ::write(wake_fd_, &one, sizeof one);  // full only if a wake-up is due anyway
}

void Loop::run_until(const bool& done) {
    MD_ASSERT(current_loop == this);
    while (!done) turn(done);
}

void Loop::turn(const bool& done) {
    arm_timer();
    ready_.insert(ready_.end(), yielded_.begin(), yielded_.end());
    yielded_.clear();
    const int flags = EVLOOP_ONCE | (ready_.empty() ? 0 : EVLOOP_NONBLOCK);
    if (event_base_loop(base_, flags) < 0) throw SystemError("event_base_loop", "", errno);
    run_external();
    deadlines_.expire(now());
    resume_ready(done);
}

void Loop::resume_ready(const bool& done) {
    for (int round = 0; round < kRounds && !ready_.empty() && !done; ++round) {
        running_.swap(ready_);
        for (const auto handle : running_) handle.resume();
        running_.clear();
    }
}

void Loop::arm_timer() {
    const auto soonest = deadlines_.soonest();
    // A timer that fires early costs one empty turn; moving it at every wait would cost more.
    if (soonest >= armed_ && armed_ > now()) return;
    if (soonest == never()) {
        if (armed_ != never()) event_del(timer_);
        armed_ = never();
        return;
    }
    const auto wait = std::max(soonest - now(), Duration(0));
    const auto us = std::chrono::ceil<std::chrono::microseconds>(wait).count();
    const timeval after_now{us / 1'000'000, us % 1'000'000};
    event_add(timer_, &after_now);
    armed_ = soonest;
}

void Loop::run_external() {
    std::vector<std::function<void()>> due;
    {
        const std::lock_guard guard(external_mutex_);
        due.swap(external_);
    }
    for (const auto& work : due) work();
}

}  // namespace md::async
