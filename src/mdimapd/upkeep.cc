// mdimapd/upkeep.cc - see upkeep.h

#include "mdimapd/upkeep.h"

#include <algorithm>
#include <chrono>
#include <utility>
#include <vector>

#include "async/loop.h"
#include "daemon/contain.h"
#include "store/mailbox.h"

namespace md::mdimapd {

using async::Deadline;
using async::Scope;
using async::Task;

namespace {

/// A margin is left of the 1 s and 5 s that DESIGN gives.
constexpr auto kSyncWithin = std::chrono::milliseconds(700);
constexpr auto kNamesWithin = std::chrono::seconds(4);

}  // namespace

void Upkeep::owe(const std::shared_ptr<store::Mailbox>& mailbox) {
    const auto sync_due = async::after(kSyncWithin);
    const auto names_due = async::after(kNamesWithin);
    auto& debt = debts_.try_emplace(mailbox->id(), Debt{mailbox, sync_due, names_due}).first->second;
    debt.sync_due = std::min(debt.sync_due, sync_due);
    debt.names_due = std::min(debt.names_due, names_due);
    changed_.set();
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
    std::vector<std::pair<std::shared_ptr<store::Mailbox>, bool>> due;
    for (auto& [id, debt] : debts_) {
        const bool names = debt.names_due <= now;
        if (debt.being_paid || (!names && debt.sync_due > now)) continue;
        due.emplace_back(debt.mailbox, names);
        debt.being_paid = true;
        debt.sync_due = async::never();
        if (names) debt.names_due = async::never();
    }
    for (auto& [mailbox, names] : due) scope.spawn(pay(std::move(mailbox), names));
}

Task<void> Upkeep::pay(std::shared_ptr<store::Mailbox> mailbox, bool names) {
    const auto fault = co_await daemon::contain(work(mailbox, names));
    if (fault) log_.failure(Event::ImapUpkeepFailed, mailbox->id(), fault);
    const auto debt = debts_.find(mailbox->id());
    debt->second.being_paid = false;
    if (debt->second.sync_due == async::never() && debt->second.names_due == async::never()) debts_.erase(debt);
    changed_.set();
}

Task<void> Upkeep::work(std::shared_ptr<store::Mailbox> mailbox, bool names) {
    auto job = [&mailbox, names] {
        try {
            mailbox->sync_soon();
            if (names) mailbox->follow_names();
        } catch (const SystemError& error) {
            if (!store::mailbox_is_gone(error)) throw;  // removed meanwhile: nothing is owed to it
        }
    };
    co_await async::offload(pool_, job);
}

Deadline Upkeep::soonest() const noexcept {
    auto due = async::never();
    for (const auto& [id, debt] : debts_)
        if (!debt.being_paid) due = std::min({due, debt.sync_due, debt.names_due});
    return due;
}

}  // namespace md::mdimapd
