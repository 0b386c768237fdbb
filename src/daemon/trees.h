// daemon/trees.h - accounts and mailboxes, where the configuration has them
//
// CONTRACT
//   Pure: what a FileDirectory and a Store are made with in every daemon.
#pragma once

#include "accounts/file_directory.h"
#include "config/config.h"
#include "store/store.h"

namespace md::daemon {

[[nodiscard]] accounts::Places account_places(const config::Config& config);

/// `changed`: see StoreOptions.
[[nodiscard]] store::StoreOptions store_options(const config::Config& config,
                                                std::function<void(const std::string&)> changed);

}  // namespace md::daemon
