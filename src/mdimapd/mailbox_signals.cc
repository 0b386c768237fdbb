// mdimapd/mailbox_signals.cc - see mailbox_signals.h

#include "mdimapd/mailbox_signals.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <system_error>

#include "async/loop.h"

namespace md::mdimapd {

namespace {

/// Own changes have their records by then, and a program that writes ten messages is looked at once.
constexpr auto kGather = std::chrono::milliseconds(100);
/// A large mailbox that another program fills one by one is listed once in so long.
constexpr auto kRest = std::chrono::milliseconds(900);

}  // namespace

MailboxSignals::Watch::Watch(MailboxSignals& signals, std::string mailbox_id)
    : signals_(signals), mailbox_id_(std::move(mailbox_id)) {
    signals_.outside_.join(mailbox_id_);
    signals_.watches_.emplace(mailbox_id_, this);
}

MailboxSignals::Watch::~Watch() {
    const auto [begin, end] = signals_.watches_.equal_range(mailbox_id_);
    const auto own = std::find_if(begin, end, [this](const auto& entry) { return entry.second == this; });
    if (own != end) signals_.watches_.erase(own);
    signals_.outside_.leave(mailbox_id_);
}

void MailboxSignals::Watch::arm(const std::string& maildir) {
    if (const int error = signals_.outside_.arm(mailbox_id_, maildir); error != 0)
        signals_.note_unseen(mailbox_id_, error);
}

/// A mailbox that was renamed or removed meanwhile is nothing to tell of.
void MailboxSignals::note_unseen(const std::string& mailbox_id, int error) {
    if (error == ENOENT || unseen_told_.exchange(true)) return;
    log_.event(Event::ImapOutsideUnseen, mailbox_id, std::generic_category().message(error));
}

async::Task<void> MailboxSignals::run(async::Signal& stopping) {
    for (;;) {
        const auto woken = co_await async::either(watch_.readable(), stopping.point(), async::never());
        if (woken == async::Woken::second) {
            signal_all();
            co_return;
        }
        const auto drained = socket_.drain();
        drained.look_at_all ? signal_all() : signal(drained.mailbox_ids);
    }
}

async::Task<void> MailboxSignals::run_outside() {
    if (outside_.descriptor() < 0) co_return;
    async::FdWatch touched(outside_.descriptor());
    for (;;) {
        co_await async::Wait(touched.readable(), async::never());
        co_await async::sleep_for(kGather);
        const auto drained = outside_.drain();
        drained.look_at_all ? signal_all() : signal(drained.mailbox_ids);
        co_await async::sleep_for(kRest);
    }
}

void MailboxSignals::signal(const std::vector<std::string>& mailbox_ids) noexcept {
    for (const auto& mailbox_id : mailbox_ids) {
        const auto [begin, end] = watches_.equal_range(mailbox_id);
        std::for_each(begin, end, [](const auto& entry) { entry.second->changed().set(); });
    }
}

void MailboxSignals::signal_all() noexcept {
    for (const auto& entry : watches_) entry.second->changed().set();
}

}  // namespace md::mdimapd
