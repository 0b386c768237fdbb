// auth/remembered.cc - see remembered.h

#include "auth/remembered.h"

#include <iterator>

#include "auth/keyed_hash.h"
#include "base/bytes.h"
#include "base/encoding.h"
#include "base/ids.h"

namespace md::auth {

namespace {

constexpr std::size_t kMost = 10'000;

}  // namespace

Remembered::Remembered(std::chrono::milliseconds keep) : keep_(keep), key_(random_octets(32)) {}

std::string Remembered::digest(std::string_view account, std::string_view password,
                               const accounts::Stamp& stamp) const {
    std::string text;
    put_text(text, account);
    put_text(text, password);
    put_number(text, stamp.device);
    put_number(text, stamp.inode);
    put_number(text, static_cast<std::uint64_t>(stamp.changed_ns));
    auto out = keyed_hash(key_, text);
    wipe(text);
    return out;
}

bool Remembered::knows(std::string_view account, std::string_view password, const accounts::Stamp& stamp,
                       async::Deadline now) {
    while (!entries_.empty() && entries_.front().until <= now) {
        by_digest_.erase(entries_.front().digest);
        entries_.pop_front();
    }
    return by_digest_.contains(digest(account, password, stamp));
}

void Remembered::add(std::string_view account, std::string_view password, const accounts::Stamp& stamp,
                     async::Deadline now) {
    if (keep_.count() == 0) return;
    auto key = digest(account, password, stamp);
    if (by_digest_.contains(key)) return;
    if (entries_.size() >= kMost) {
        by_digest_.erase(entries_.front().digest);
        entries_.pop_front();
    }
    entries_.push_back({key, now + keep_});
    by_digest_.emplace(std::move(key), std::prev(entries_.end()));
}

}  // namespace md::auth
