// mdqueue/settlement.cc - see settlement.h

#include "mdqueue/settlement.h"

#include "async/loop.h"
#include "base/error.h"

namespace md::mdqueue {

using async::Task;

namespace {

constexpr auto kGather = std::chrono::milliseconds(500);

}  // namespace

Task<bool> Settlement::on_disk() {
    const auto round = next_;
    wanted_.set();
    co_await round->ended.wait(async::never());
    co_return round->good;
}

Task<void> Settlement::run() {
    for (;;) {
        co_await wanted_.wait(async::never());
        co_await async::sleep_for(kGather);
        wanted_.clear();
        const auto round = next_;
        next_ = std::make_shared<Round>();
        round->good = co_await sync();
        round->ended.set();
    }
}

/// The mark first (sync_history.h): if it cannot be written, nothing is tried and nothing has become doubtful.
Task<bool> Settlement::sync() {
    auto begin = [this] { history_.begin(); };
    std::exception_ptr failure;
    try {
        co_await async::offload(pool_, begin);
    } catch (const SystemError&) {
        failure = std::current_exception();
    }
    if (failure) {
        log_.failure(Event::QueueFault, failure);
        co_return false;
    }
    const auto spooled = co_await sync_spool();
    bool good = false;
    if (spooled) {
        const auto delivered = co_await dispatcher_.sync();
        good = delivered;
    }
    auto end = [this, good] { history_.end(good); };
    co_await async::offload(pool_, end);
    co_return good;
}

Task<bool> Settlement::sync_spool() {
    const auto guard = co_await spool_mutex_.lock();
    auto work = [this] { spool_.sync(); };
    std::exception_ptr failure;
    try {
        co_await async::offload(pool_, work);
    } catch (const SystemError&) {
        failure = std::current_exception();
    }
    if (failure) log_.failure(Event::QueueFault, failure);
    co_return failure == nullptr;
}

}  // namespace md::mdqueue
