// daemon/trees.cc - see trees.h

#include "daemon/trees.h"

#include <chrono>

namespace md::daemon {

namespace opt = config::opt;

accounts::Places account_places(const config::Config& config) {
    return {config[opt::paths_accounts], config[opt::paths_secrets], config[opt::paths_domains],
            config[opt::paths_store]};
}

store::StoreOptions store_options(const config::Config& config, std::function<void(const std::string&)> changed) {
    store::StoreOptions options;
    options.root = config[opt::paths_store];
    options.undelete_keep = std::chrono::floor<std::chrono::days>(config[opt::store_undelete]);
    options.changed = std::move(changed);
    return options;
}

}  // namespace md::daemon
