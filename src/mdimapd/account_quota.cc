// mdimapd/account_quota.cc - see account_quota.h

#include "mdimapd/account_quota.h"

#include <stdexcept>

namespace md::mdimapd {

store::QuotaLimits quota_of(const accounts::Directory& directory, const std::string& account) {
    const auto name = accounts::parse_name(account);
    if (!name) return {};
    const auto found = directory.find(*name);
    if (!found) throw std::runtime_error("quota of " + account + ": " + found.error().text);
    if (!*found) return {};
    return {(**found).quota_bytes, (**found).quota_messages};
}

}  // namespace md::mdimapd
