// mdimapd/upkeep.cc - see upkeep.h

#include "mdimapd/upkeep.h"

#include <algorithm>
#include <chrono>
#include <utility>
#include <vector>

#include "async/loop.h"
#include "daemon/contain.h"
#include "store/mailbox.h"
#include "store/mailbox_core.h"

namespace md::mdimapd {

using async::Deadline;
using async::Scope;
using async::Task;

namespace {

/// A margin is left of the 1 s and 5 s that upkeep.h promises.
constexpr auto kSyncWithin = std::chrono::milliseconds(700);
constexpr auto kNamesWithin = std::chrono::seconds(4);

}  // namespace

void Upkeep::owe(const std::shared_ptr<store::Mailbox>& mailbox) {
    const auto sync_due = async::after(kSyncWithin);
    const auto names_due = async::after(kNamesWithin);
    auto debt = debts_.find(mailbox->id());
    if (debt == debts_.end())
        debt = debts_.emplace(mailbox->id(), Debt{mailbox, turn_of(*mailbox), sync_due, names_due}).first;
    debt->second.sync_due = std::min(debt->second.sync_due, sync_due);
    debt->second.names_due = std::min(debt->second.names_due, names_due);
    changed_.set();
}

std::shared_ptr<async::PoolShare> Upkeep::turn_of(store::Mailbox& mailbox) {
    const void* account = &mailbox.core().account();
    std::erase_if(turns_, [](const auto& turn) { return turn.second.expired(); });
    if (auto turn = turns_[account].lock()) return turn;
    auto turn = std::make_shared<async::PoolShare>(pool_, kEach);
    turns_[account] = turn;
    return turn;
}

void Upkeep::hurry(const std::string& mailbox_id) {
    const auto debt = debts_.find(mailbox_id);
    if (debt == debts_.end() || debt->second.names_due == async::never()) return;
    debt->second.names_due = async::Loop::current().now();
    changed_.set();
}

Task<void> Upkeep::run() {
    const auto body = [this](Scope& scope) { return run_in(scope); };
    co_await async::scoped(body);
}

Task<void> Upkeep::run_in(Scope& scope) {
    for (;;) {
        const auto due = soonest();
        co_await changed_.wait(due);
        changed_.clear();
        pay_due(scope, async::Loop::current().now());
    }
}

Task<void> Upkeep::finish() {
    const auto body = [this](Scope& scope) { return finish_in(scope); };
    co_await async::scoped(body);
}

/// What was begun by run() and is no longer waited for is owed still.
Task<void> Upkeep::finish_in(Scope& scope) {
    for (auto& [id, debt] : debts_) debt.being_paid = false;
    pay_due(scope, async::never());
    co_return;
}

void Upkeep::pay_due(Scope& scope, Deadline now) {
    std::vector<Due> due;
    for (auto& [id, debt] : debts_) {
        const bool names = debt.names_due <= now;
        if (debt.being_paid || (!names && debt.sync_due > now)) continue;
        due.push_back({debt.mailbox, debt.turn, names});
        debt.being_paid = true;
        debt.sync_due = async::never();
        if (names) debt.names_due = async::never();
    }
    for (auto& one : due) scope.spawn(pay(std::move(one)));
}

Task<void> Upkeep::pay(Due due) {
    const auto fault = co_await daemon::contain(work(due));
    const auto& id = due.mailbox->id();
    if (fault) log_.failure(Event::ImapUpkeepFailed, id, fault);
    const auto debt = debts_.find(id);
    debt->second.being_paid = false;
    if (debt->second.sync_due == async::never() && debt->second.names_due == async::never()) debts_.erase(debt);
    changed_.set();
}

Task<void> Upkeep::work(const Due& due) {
    auto job = [&due] {
        try {
            due.mailbox->sync_soon();
            if (due.names) due.mailbox->follow_names();
        } catch (const SystemError& error) {
            if (!store::mailbox_is_gone(error)) throw;  // removed meanwhile: nothing is owed to it
        }
    };
    co_await async::offload(*due.turn, job);
}

Deadline Upkeep::soonest() const noexcept {
    auto due = async::never();
    for (const auto& [id, debt] : debts_)
        if (!debt.being_paid) due = std::min({due, debt.sync_due, debt.names_due});
    return due;
}

}  // namespace md::mdimapd
