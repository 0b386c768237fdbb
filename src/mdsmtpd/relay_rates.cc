// mdsmtpd/relay_rates.cc - see relay_rates.h

#include "mdsmtpd/relay_rates.h"

#include "async/loop.h"

namespace md::mdsmtpd {

using async::Task;

bool RelayRates::take(const config::Relay& relay, const IpAddress& host) {
    if (relay.rate_count == 0) return true;
    forget();
    const auto place = &relay - config_.relays().data();
    auto key = std::string("relay ").append(std::to_string(place)).append(1, ' ').append(host.octets());
    if (table_.add(row_, key) > relay.rate_count) {
        table_.remove(row_, key);
        return false;
    }
    counted_.emplace(async::after(relay.rate_time), std::move(key));
    changed_.set();
    return true;
}

void RelayRates::forget() {
    const auto now = async::Loop::current().now();
    while (!counted_.empty() && counted_.begin()->first <= now) {
        table_.remove(row_, counted_.begin()->second);
        counted_.erase(counted_.begin());
    }
}

Task<void> RelayRates::run() {
    for (;;) {
        const auto deadline = counted_.empty() ? async::never() : counted_.begin()->first;
        co_await changed_.wait(deadline);
        changed_.clear();
        forget();
    }
}

}  // namespace md::mdsmtpd
