// daemon/user_names.cc - see user_names.h

#include "daemon/user_names.h"

namespace md::daemon {

async::Task<std::optional<std::string>> UserNames::of(uid_t uid) {
    auto known = names_.find(uid);
    if (known != names_.end()) co_return known->second;
    const auto turn = co_await asking_.lock();
    known = names_.find(uid);  // somebody before may have asked
    if (known != names_.end()) co_return known->second;
    auto ask = [this, uid] { return look_up_(uid); };
    auto name = co_await async::offload(pool_, ask);
    if (names_.size() >= kMostKept) names_.clear();
    if (name) names_.emplace(uid, *name);
    co_return std::move(name);
}

}  // namespace md::daemon
