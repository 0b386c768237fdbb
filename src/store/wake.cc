// store/wake.cc - see wake.h

#include "store/wake.h"

#include <unistd.h>

#include <algorithm>

#include "base/ids.h"
#include "store/mailbox_record.h"

namespace md::store {

namespace {

constexpr std::string_view kMagic = "MDWAKE1 ";

}  // namespace

std::string format_wake(std::string_view mailbox_id) {
    return std::string(kMagic).append(mailbox_id);
}

std::optional<std::string> parse_wake(std::string_view datagram) {
    if (!datagram.starts_with(kMagic)) return std::nullopt;
    const auto id = datagram.substr(kMagic.size());
    if (!is_object_id(id)) return std::nullopt;
    return std::string(id);
}

void WakeSender::send(std::string_view mailbox_id) noexcept {
    try {
        sender_.send(format_wake(mailbox_id));
    } catch (const std::exception&) {
        // No memory: lost, as wake-ups may be.
    }
}

WakeSocket::WakeSocket(const std::string& directory)
    : socket_(directory + "/" + std::to_string(::getpid()) + "." + random_name(8)) {}

WakeSocket::Drained WakeSocket::drain() {
    const auto wakes = socket_.drain();
    Drained out;
    out.look_at_all = wakes.all;
    for (const auto& text : wakes.texts)
        if (auto id = parse_wake(text)) out.mailbox_ids.push_back(std::move(*id));
    std::sort(out.mailbox_ids.begin(), out.mailbox_ids.end());
    out.mailbox_ids.erase(std::unique(out.mailbox_ids.begin(), out.mailbox_ids.end()), out.mailbox_ids.end());
    return out;
}

}  // namespace md::store
