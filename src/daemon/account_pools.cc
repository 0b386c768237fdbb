// daemon/account_pools.cc - see account_pools.h

#include "daemon/account_pools.h"

namespace md::daemon {

std::shared_ptr<AccountPool> AccountPools::of(const std::string& account) {
    auto& known = known_[account];
    if (auto pool = known.lock()) return pool;
    const auto forget = [this, account](const AccountPool* pool) {
        delete pool;
        const auto place = known_.find(account);
        if (place != known_.end() && place->second.expired()) known_.erase(place);
    };
    std::shared_ptr<AccountPool> made(new AccountPool(pool_, searching_), forget);
    known = made;
    return made;
}

}  // namespace md::daemon
