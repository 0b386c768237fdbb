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
using async::Task;

namespace {

/// A margin is left of the 1 s and 5 s that DESIGN gives.
constexpr auto kSyncWithin = std::chrono::milliseconds(700);
constexpr auto kNamesWithin = std::chrono::seconds(4);

}  // namespace

void Upkeep::owe(const std::shared_ptr<store::Mailbox>& mailbox) {
    const auto sync_due = async::after(kSyncWithin);
    const auto [debt, fresh] = debts_.try_emplace(mailbox->id(), Debt{mailbox, sync_due, async::after(kNamesWithin)});
    if (!fresh) debt->second.sync_due = std::min(debt->second.sync_due, sync_due);
    changed_.set();
}

void Upkeep::hurry(const std::string& mailbox_id) {
    const auto debt = debts_.find(mailbox_id);
    if (debt == debts_.end()) return;
    debt->second.names_due = async::Loop::current().now();
    changed_.set();
}

Task<void> Upkeep::run() {
    for (;;) {
        const auto due = soonest();
        co_await changed_.wait(due);
        changed_.clear();
        const auto now = async::Loop::current().now();
        co_await pay_due(now);
    }
}

Task<void> Upkeep::finish() {
    co_await pay_due(async::never());
}

Task<void> Upkeep::pay_due(Deadline now) {
    std::vector<std::pair<std::shared_ptr<store::Mailbox>, bool>> due;
    for (auto debt = debts_.begin(); debt != debts_.end();) {
        const bool names = debt->second.names_due <= now;
        if (names || debt->second.sync_due <= now) due.emplace_back(debt->second.mailbox, names);
        if (debt->second.sync_due <= now) debt->second.sync_due = async::never();
        debt = names ? debts_.erase(debt) : std::next(debt);
    }
    for (const auto& [mailbox, names] : due) co_await pay(mailbox, names);
}

Task<void> Upkeep::pay(std::shared_ptr<store::Mailbox> mailbox, bool names) {
    const auto fault = co_await daemon::contain(work(mailbox, names));
    if (fault) log_.failure(Event::ImapUpkeepFailed, mailbox->id(), fault);
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
    for (const auto& [id, debt] : debts_) due = std::min({due, debt.sync_due, debt.names_due});
    return due;
}

}  // namespace md::mdimapd
