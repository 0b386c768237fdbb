// auth/failures.cc - see failures.h

#include "auth/failures.h"

#include <iterator>

#include "auth/keyed_hash.h"
#include "base/address.h"
#include "base/bytes.h"
#include "base/encoding.h"
#include "base/ids.h"

namespace md::auth {

Failures::Failures(std::uint64_t limit, std::chrono::milliseconds time)
    : limit_(limit), time_(time), secret_(random_octets(32)) {}

void Failures::forget_old(async::Deadline now) {
    while (!entries_.empty() && entries_.front().until <= now) {
        by_key_.erase(entries_.front().key);
        entries_.pop_front();
    }
}

std::string Failures::digest(std::string_view account, std::string_view password) const {
    std::string text;
    put_text(text, account);
    put_text(text, password);
    auto out = keyed_hash(secret_, text);
    wipe(text);
    return out;
}

bool Failures::barred(const std::string& key, async::Deadline now) {
    if (limit_ == 0 || key.empty()) return false;
    forget_old(now);
    const auto found = by_key_.find(key);
    return found != by_key_.end() && found->second->count >= limit_;
}

bool Failures::add(const std::string& key, std::string_view account, std::string_view password, async::Deadline now) {
    if (limit_ == 0 || key.empty()) return false;
    forget_old(now);
    auto found = by_key_.find(key);
    if (found == by_key_.end()) {
        if (entries_.size() >= kMost) {
            by_key_.erase(entries_.front().key);
            entries_.pop_front();
        }
        entries_.push_back({key, now + time_, 0, {}});
        found = by_key_.emplace(key, std::prev(entries_.end())).first;
    }
    auto& entry = *found->second;
    auto wrong = digest(account, password);
    if (wrong == entry.last || entry.count >= limit_) return false;
    entry.last = std::move(wrong);
    if (++entry.count < limit_) return false;
    entry.until = now + time_;
    entries_.splice(entries_.end(), entries_, found->second);
    return true;
}

std::string address_key(std::string_view ip) {
    const auto address = IpAddress::parse(ip);
    if (!address || address->loopback()) return {};
    return std::string(address->octets().substr(0, address->v6() ? 8 : 4));
}

}  // namespace md::auth
