// mdimapd/mailbox_signals.cc - see mailbox_signals.h

#include "mdimapd/mailbox_signals.h"

#include <algorithm>

namespace md::mdimapd {

MailboxSignals::Watch::Watch(MailboxSignals& signals, std::string mailbox_id)
    : signals_(signals), mailbox_id_(std::move(mailbox_id)) {
    signals_.watches_.emplace(mailbox_id_, this);
}

MailboxSignals::Watch::~Watch() {
    const auto [begin, end] = signals_.watches_.equal_range(mailbox_id_);
    const auto own = std::find_if(begin, end, [this](const auto& entry) { return entry.second == this; });
    if (own != end) signals_.watches_.erase(own);
}

async::Task<void> MailboxSignals::run(async::Signal& stopping) {
    for (;;) {
        const auto woken = co_await async::either(watch_.readable(), stopping.point(), async::never());
        if (woken == async::Woken::second) {
            signal_all();
            co_return;
        }
        const auto drained = socket_.drain();
        if (drained.look_at_all) {
            signal_all();
        } else {
            for (const auto& mailbox_id : drained.mailbox_ids) signal(mailbox_id);
        }
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
