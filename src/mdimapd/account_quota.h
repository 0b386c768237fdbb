// mdimapd/account_quota.h - what an account may keep
//
// CONTRACT
//   Blocks: part of a job on the pool.
#pragma once

#include <string>

#include "accounts/directory.h"
#include "store/types.h"

namespace md::mdimapd {

/// The account's bounds on its mail. Throws if the directory cannot be asked.
[[nodiscard]] store::QuotaLimits quota_of(const accounts::Directory& directory, const std::string& account);

}  // namespace md::mdimapd
