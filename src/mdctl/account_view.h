// mdctl/account_view.h - an account as mdctl shows it
#pragma once

#include "ipc/json.h"
#include "mdctl/context.h"
#include "store/store.h"

namespace md::mdctl {

/// Bytes in the mailboxes of accounts, from their journals; an account that never had mail has none.
class Usage {
  public:
    explicit Usage(const config::Config& config);

    [[nodiscard]] std::uint64_t of(const accounts::Name& name);

  private:
    std::string root_;
    store::Store store_;
};

/// A row of `account list`.
[[nodiscard]] ipc::Json json_of(const accounts::Account& account, std::uint64_t used);
/// "none", "2G"
[[nodiscard]] std::string quota_text(const accounts::Account& account);

/// What leads to an account: aliases and groups that name it, or name another that does.
struct LeadingHere {
    std::vector<std::string> aliases;
    std::vector<std::string> groups;
};
/// A damaged file leads nowhere.
[[nodiscard]] LeadingHere leading_to(const accounts::FileDirectory& directory, const accounts::Name& name);

}  // namespace md::mdctl
