// mdctl/store_access.h - the mail store as mdctl opens it, and which accounts of it a verb is about
//
// CONTRACT
//   Runs beside the daemons: their sessions are told of each change. What is made belongs to the owner of its folder.
//   What the store mends by itself is said on standard error.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "mdctl/context.h"
#include "store/store.h"
#include "store/wake.h"

namespace md::mdctl {

class StoreAccess {
  public:
    explicit StoreAccess(const config::Config& config);
    StoreAccess(const StoreAccess&) = delete;
    StoreAccess& operator=(const StoreAccess&) = delete;

    [[nodiscard]] store::Store& store() noexcept { return store_; }
    [[nodiscard]] Files& files() noexcept { return *files_; }
    /// Whether the account ever had mail; to open it would make its mailbox.
    [[nodiscard]] bool has_mail(const accounts::Name& name) const;

  private:
    Files* files_;
    std::string root_;
    store::WakeSender wakes_;
    store::Store store_;
};

[[nodiscard]] store::AccountName store_name(const accounts::Name& name);

/// The account that ACCOUNT names; 64 if it is no address, 66 if there is none.
[[nodiscard]] Result<accounts::Account, Complaint> named_account(Context& context, const Request& request);

/// Of ACCOUNT, --domain or --all, one of which must be there; 66 if there is no such account or domain.
[[nodiscard]] Result<std::vector<accounts::Name>, Complaint> chosen_accounts(Context& context, const Request& request);

}  // namespace md::mdctl
