// daemon/trees.cc - see trees.h

#include "daemon/trees.h"

#include <chrono>
#include <utility>

namespace md::daemon {

namespace opt = config::opt;

accounts::Places account_places(const config::Config& config) {
    return {config[opt::paths_accounts], config[opt::paths_secrets], config[opt::paths_domains],
            config[opt::paths_store]};
}

store::StoreOptions store_options(const config::Config& config, std::function<void(const std::string&)> changed,
                                  std::function<void(const store::Repair&)> repaired) {
    store::StoreOptions options;
    options.root = config[opt::paths_store];
    options.undelete_keep = std::chrono::floor<std::chrono::days>(config[opt::store_undelete]);
    options.changed = std::move(changed);
    options.repaired = std::move(repaired);
    return options;
}

std::function<void(const store::Repair&)> log_repairs(log::Logger log) {
    return [log = std::move(log)](const store::Repair& repair) {
        log.event(Event::StoreRepaired, repair.path, repair.found, repair.done);
    };
}

}  // namespace md::daemon
