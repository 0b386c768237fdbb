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
    signals_.watched_.set();
}

MailboxSignals::Watch::~Watch() {
    const auto [begin, end] = signals_.watches_.equal_range(mailbox_id_);
    const auto own = std::find_if(begin, end, [this](const auto& entry) { return entry.second == this; });
    if (own != end) signals_.watches_.erase(own);
    if (signals_.watches_.empty()) signals_.watched_.clear();
    signals_.outside_.leave(mailbox_id_);
}

void MailboxSignals::Watch::arm(store::Mailbox& mailbox) {
    if (signals_.outside_.is_armed(mailbox_id_)) return;
    const int error = signals_.outside_.arm(mailbox_id_, mailbox.directory());
    if (error != 0) signals_.note_unseen(mailbox_id_, error);
}

/// Any other cause (a mailbox that was renamed meanwhile, or may not be read) is told by whatever looks at it next.
void MailboxSignals::note_unseen(const std::string& mailbox_id, int error) {
    const bool limited = error == ENOSPC || error == EMFILE || error == ENFILE;
    if (!limited || unseen_told_.exchange(true)) return;
    log_.event(Event::ImapOutsideUnseen, mailbox_id, std::generic_category().message(error));
}

async::Task<void> MailboxSignals::run(async::Signal& stopping) {
    for (;;) {
        auto woken = co_await async::either(watched_.point(), stopping.point(), async::never());
        if (woken == async::Woken::first)
            woken = co_await async::either(watch_.readable(), stopping.point(), async::never());
        if (woken == async::Woken::second) {
            signal_all();
            co_return;
        }
        const auto drained = socket_.drain();
        if (drained.look_at_all) signal_all();
        for (const auto& mailbox_id : drained.mailbox_ids) signal(mailbox_id);
    }
}

/// Drains what comes at once, so that the kernel need not drop any, and signals now and then.
async::Task<void> MailboxSignals::run_outside() {
    if (outside_.descriptor() < 0) co_return;
    async::FdWatch events(outside_.descriptor());
    store::OutsideWatch::Touched touched;
    auto next = async::Loop::current().now();
    for (;;) {
        const auto until = touched.none() ? async::never() : next;
        co_await async::Wait(events.readable(), until);
        co_await async::sleep_for(kGather);
        outside_.drain(touched);
        if (async::Loop::current().now() < next) continue;
        if (touched.look_at_all) signal_all();
        for (const auto& mailbox_id : touched.mailbox_ids) signal(mailbox_id);
        touched = {};
        next = async::after(kRest);
    }
}

void MailboxSignals::signal(const std::string& mailbox_id) noexcept {
    const auto [begin, end] = watches_.equal_range(mailbox_id);
    std::for_each(begin, end, [](const auto& entry) { entry.second->changed().set(); });
}

void MailboxSignals::signal_all() noexcept {
    for (const auto& entry : watches_) entry.second->changed().set();
}

}  // namespace md::mdimapd
