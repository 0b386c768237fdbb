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
    auto next = async::Loop::current().now();
    for (;;) {
        co_await wanted_.wait(async::never());
        co_await async::sleep_until(next);
        wanted_.clear();
        const auto round = next_;
        next_ = std::make_shared<Round>();
        round->good = co_await sync();
        round->ended.set();
        next = async::after(kGather);
    }
}

/// true: it failed, and the log tells how.
template <class F>
Task<bool> Settlement::run_guarded(F& work) {
    std::exception_ptr failure;
    try {
        co_await async::offload(pool_, work);
    } catch (const SystemError&) {
        failure = std::current_exception();
    }
    if (failure) log_.failure(Event::QueueFault, failure);
    co_return failure != nullptr;
}

/// The mark first (sync_history.h): if it cannot be written, nothing is tried and nothing has become doubtful.
Task<bool> Settlement::sync() {
    auto begin = [this] { history_.begin(); };
    const auto unmarked = co_await run_guarded(begin);
    if (unmarked) co_return false;
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

/// Others work with the spool meanwhile: a sync can take long.
Task<bool> Settlement::sync_spool() {
    bool wanted = false;
    {
        const auto guard = co_await spool_mutex_.lock();
        wanted = spool_.begin_sync();
    }
    if (!wanted) co_return true;
    auto sync_files = [this] { spool_.sync_files(); };
    const auto unsynced = co_await run_guarded(sync_files);
    const auto guard = co_await spool_mutex_.lock();
    auto end = [&] { spool_.end_sync(!unsynced); };
    const auto unfinished = co_await run_guarded(end);
    co_return !unsynced && !unfinished;
}

}  // namespace md::mdqueue
