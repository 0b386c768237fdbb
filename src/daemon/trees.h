// daemon/trees.h - accounts and mailboxes, where the configuration has them
//
// CONTRACT
//   What a FileDirectory and a Store are made with in every daemon.
#pragma once

#include "accounts/file_directory.h"
#include "config/config.h"
#include "log/logger.h"
#include "store/store.h"

namespace md::daemon {

[[nodiscard]] accounts::Places account_places(const config::Config& config);

/// `changed`, `repaired`: see StoreOptions.
[[nodiscard]] store::StoreOptions store_options(const config::Config& config,
                                                std::function<void(const std::string&)> changed,
                                                std::function<void(const store::Repair&)> repaired = {});

/// For StoreOptions::repaired: each as an event.
[[nodiscard]] std::function<void(const store::Repair&)> log_repairs(log::Logger log);

}  // namespace md::daemon
