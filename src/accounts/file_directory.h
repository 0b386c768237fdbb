// accounts/file_directory.h - domains and accounts as files; the file system is the index
//
// PURPOSE
//   A look-up is one open: <domains>/<domain>.conf, <accounts>/<domain>/<local part>/account.conf.
// CONTRACT
//   What Directory says. A damaged file is Unavailable with its faults, never "unknown".
//   Changes throw SystemError where this machine fails, and are durable when they return; one at a time, by a lock on
//   <accounts>/.lock. Removing moves everything of the account, its secret and its mailbox into the folder ".removed"
//   of each tree, under the name <file name>.<unix seconds>, so that an address created again starts empty and a
//   removed one can be brought back.
// FORMAT
//   doc/formats/account.md
#pragma once

#include "accounts/secrets.h"
#include "base/clock.h"
#include "base/files.h"

namespace md::accounts {

/// The folders of the trees, from paths.* of the configuration.
struct Places {
    std::string accounts;
    std::string secrets;
    std::string domains;
    std::string store;
};

/// Why a change was not made, by what the caller may do about it.
struct Refusal {
    enum class Why : std::uint8_t { exists, not_there, not_empty, bad_value, damaged } why;
    std::string text;
};

class FileDirectory final : public Directory {
  public:
    FileDirectory(Files& files, Places places, const Clock& clock = real_clock());

    [[nodiscard]] Result<std::optional<Domain>, Unavailable> find_domain(const std::string& domain) const override;
    [[nodiscard]] Result<std::optional<Account>, Unavailable> find(const Name& name) const override;
    [[nodiscard]] Result<std::vector<std::string>, Unavailable> domains() const override;
    [[nodiscard]] Result<std::vector<Name>, Unavailable> accounts_of(const std::string& domain) const override;

    Result<void, Refusal> add_domain(const Domain& domain);
    /// not_empty: it has accounts and these were not to go with it.
    Result<void, Refusal> remove_domain(const std::string& domain, bool with_accounts);

    /// The secret is written first, so that no account is ever without.
    Result<void, Refusal> add(const Account& account, const Secret& secret);
    Result<void, Refusal> set_secret(const Name& name, const Secret& secret);
    Result<void, Refusal> remove(const Name& name);
    /// One key of account.conf, its comments kept; `value` as config::edit_text takes it.
    Result<void, Refusal> set(const Name& name, const std::string& key, const std::optional<std::string>& value);

    [[nodiscard]] std::string domain_file(const std::string& domain) const;
    [[nodiscard]] std::string account_file(const Name& name) const;

  private:
    [[nodiscard]] std::string folder(const std::string& domain) const;
    [[nodiscard]] bool lost(const std::string& domain) const;
    [[nodiscard]] std::unique_ptr<File> lock() const;
    void move_away(const std::string& tree, const std::string& inner);

    Files& files_;
    Places places_;
    const Clock& clock_;
    Secrets secrets_;
};

}  // namespace md::accounts
