// spool/destination_names.h - how mail for an address leaves, for people: the destination that the manager counts it to
//
// CONTRACT
//   Blocks (the directory), and remembers what it was told of the domains it was asked about; made anew for each
//   listing. Not of an alias or a forward: where that leads is known when it is tried. One thread.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "accounts/directory.h"
#include "config/config.h"

namespace md::spool {

class DestinationNames {
  public:
    DestinationNames(const config::Config& config, const accounts::Directory& directory)
        : config_(config), directory_(directory) {}

    /// "example.org", "route *", with an administrator's route "route smtp:[192.0.2.1]"; empty: it stays here, or
    /// cannot be asked.
    [[nodiscard]] std::string of(std::string_view address, std::string_view route);

  private:
    static constexpr std::size_t kRemembered = 4096;
    [[nodiscard]] std::string usual(const std::string& domain) const;

    const config::Config& config_;
    const accounts::Directory& directory_;
    std::map<std::string, std::string> known_;  ///< by domain
};

}  // namespace md::spool
