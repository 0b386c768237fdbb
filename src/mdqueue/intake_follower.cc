// mdqueue/intake_follower.cc - see intake_follower.h

#include "mdqueue/intake_follower.h"

#include <utility>

#include "async/loop.h"
#include "async/worker_pool.h"
#include "daemon/contain.h"
#include "mdqueue/message_plan.h"

namespace md::mdqueue {

using async::Task;
namespace opt = config::opt;

namespace {

constexpr auto kLook = std::chrono::seconds(1);
constexpr auto kRetryFault = std::chrono::seconds(5);

}  // namespace

IntakeFollower::IntakeFollower(daemon::Child& child, spool::Spool& spool, Hands& hands, const SyncHistory& history,
                               SpoolRunner& runner, std::uint64_t boot)
    : child_(child),
      hands_(hands),
      runner_(runner),
      log_(child.log()),
      take_over_(real_files(), child.config()[opt::paths_intake], spool, history, boot),
      work_(hands, spool) {}

Task<void> IntakeFollower::run(async::Scope& scope) {
    ipc::WakeReceiver wakes(child_.run_path("intake-wake/manager"));
    scope.spawn(settle_loop());
    auto looked = async::Loop::current().now() - kLook;
    while (!child_.retiring().is_set()) {
        const bool look = async::Loop::current().now() - looked >= kLook;
        if (look) looked = async::Loop::current().now();
        std::vector<RecordPointer> records;
        const auto fault = co_await daemon::contain(next(look, records));
        if (fault) {  // what is under way lives on: another host's answer may be among it
            log_.failure(Event::QueueFault, fault);
            co_await async::sleep_for(kLook);
            continue;
        }
        for (auto& record : records) {
            while (in_flight_ >= kInFlight) co_await async::Wait(slot_free_, async::never());
            ++in_flight_;
            scope.spawn(handle_guarded(std::move(record)));
        }
        if (take_over_.waits())
            co_await work_to_end();
        else if (records.empty() || take_over_.at_end())
            co_await wakes.next(async::after(kLook));
    }
    co_await work_to_end();
    co_await settle();
}

Task<void> IntakeFollower::work_to_end() {
    while (in_flight_ > 0) co_await async::Wait(slot_free_, async::never());
}

Task<void> IntakeFollower::next(bool look, std::vector<RecordPointer>& records) {
    const auto guard = co_await take_over_mutex_.lock();
    hand_in();
    auto work = [&] { return take_over_.next(look); };
    records = co_await async::offload(child_.pool(), work);
    for (const auto& fault : take_over_.faults()) log_.failure(Event::QueueFault, fault);
    for (const auto& record : records) runner_.hold(record->entry.id);
    if (take_over_.caught_up()) runner_.start();
}

/// A record that met a fault of this machine stays open, and is tried again while this process lives.
Task<void> IntakeFollower::handle_guarded(RecordPointer record) {
    bool done = false;
    for (;;) {
        const auto fault = co_await daemon::contain(handle(record, done));
        if (!fault) break;
        log_.failure(Event::QueueFault, fault);
        if (child_.retiring().is_set()) break;  // the next manager finds it in the journal
        co_await async::sleep_for(kRetryFault);
    }
    auto& ended = done ? done_ : given_up_;
    ended.push_back(std::move(record));
    something_done_.set();
    --in_flight_;
    slot_free_.wake_all();
}

Task<void> IntakeFollower::handle(RecordPointer record, bool& done) {
    done = co_await work_.handle(std::move(record));
}

Task<void> IntakeFollower::settle_loop() {
    for (;;) {
        co_await something_done_.wait(async::never());
        something_done_.clear();
        const auto settled = co_await settle();
        if (settled) continue;
        something_done_.set();
        co_await async::sleep_for(kRetryFault);
    }
}

/// What was finished before the mailboxes' sync is written to `taken` after it, and only then may segments go.
Task<bool> IntakeFollower::settle() {
    const auto one_at_a_time = co_await settle_mutex_.lock();
    {
        const auto guard = co_await take_over_mutex_.lock();
        hand_in();
        take_over_.begin_settle();
        if (!take_over_.has_unsettled()) co_return true;
    }
    const auto safe = co_await hands_.on_disk();
    const auto guard = co_await take_over_mutex_.lock();
    if (!safe) {
        take_over_.settle_failed();
        co_return false;
    }
    auto end = [this] { take_over_.end_settle(); };
    std::exception_ptr failure;
    try {
        co_await async::offload(child_.pool(), end);
    } catch (const SystemError&) {
        failure = std::current_exception();
    }
    enter_settled();
    if (failure) log_.failure(Event::QueueFault, failure);
    co_return failure == nullptr;
}

void IntakeFollower::hand_in() {
    for (auto& record : std::exchange(done_, {})) take_over_.finish(std::move(record));
    for (const auto& record : std::exchange(given_up_, {})) take_over_.give_up(*record);
}

void IntakeFollower::enter_settled() {
    for (const auto& record : take_over_.settled()) {
        const bool thawed = runner_.release(record->entry.id);
        if (record->kept.empty()) runner_.try_again(record->entry.id);
        for (auto kept : record->kept) {
            // What was frozen when it came may not be so any more: one try tells.
            if (thawed || kept.due == kNever) kept.due = hands_.now();
            runner_.enter(kept);
        }
    }
}

}  // namespace md::mdqueue
