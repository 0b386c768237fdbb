// auth/known_addresses.cc - see known_addresses.h

#include "auth/known_addresses.h"

#include <iterator>

namespace md::auth {

void KnownAddresses::add(const std::string& account, const std::string& address) {
    auto pair = key(account, address);
    const auto found = by_key_.find(pair);
    if (found != by_key_.end()) {
        pairs_.splice(pairs_.end(), pairs_, found->second);
        return;
    }
    if (pairs_.size() >= kMost) {
        by_key_.erase(pairs_.front());
        pairs_.pop_front();
    }
    pairs_.push_back(pair);
    by_key_.emplace(std::move(pair), std::prev(pairs_.end()));
}

bool KnownAddresses::knows(const std::string& account, const std::string& address) const {
    return by_key_.contains(key(account, address));
}

}  // namespace md::auth
