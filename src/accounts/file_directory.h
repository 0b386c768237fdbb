// accounts/file_directory.h - domains, accounts, aliases and groups as files; the file system is the index
//
// PURPOSE
//   A look-up is one open: <domains>/<domain>.conf, <accounts>/<domain>/<local part>/account.conf (alias.conf,
//   group.conf where there is no account).
// CONTRACT
//   What Directory says. A damaged file is Unavailable with its faults, never "unknown". What was read is remembered
//   for as long as the file does not change (parsed_files.h).
//   Changes throw SystemError where this machine fails, and are durable when they return; one at a time, by a lock on
//   <accounts>/.lock. Removing moves everything of the entry, its secret and its mailbox into the folder ".removed"
//   of each tree, under the name <file name>.<unix seconds>, so that an address created again starts empty and a
//   removed one can be brought back.
// FORMAT
//   doc/formats/account.md
#pragma once

#include <map>
#include <mutex>

#include "accounts/entry_file.h"
#include "accounts/parsed_files.h"
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

/// Addresses that go into a list of an entry's file, and out of it.
struct ListEdit {
    std::string key;  ///< "targets", "members", "forward", "send_as"
    std::vector<std::string> add = {};
    std::vector<std::string> remove = {};
};

/// What became of it.
struct ListEdited {
    std::size_t added = 0;  ///< without those that were there
    std::size_t removed = 0;
    std::size_t left = 0;        ///< in the list now
    bool entry_removed = false;  ///< an alias or a group that leads to nobody any more
};

/// What was removed and can be brought back.
struct Removed {
    Name name;
    WallTime when;
};

class FileDirectory final : public Directory {
  public:
    FileDirectory(Files& files, Places places, const Clock& clock = real_clock());

    [[nodiscard]] Result<std::optional<Domain>, Unavailable> find_domain(const std::string& domain) const override;
    [[nodiscard]] Result<std::optional<Account>, Unavailable> find(const Name& name) const override;
    [[nodiscard]] bool at_hand(const Name& name) const override;
    [[nodiscard]] Result<std::optional<Entry>, Unavailable> find_entry(const Name& name) const override;
    [[nodiscard]] Result<std::vector<std::string>, Unavailable> domains() const override;
    [[nodiscard]] Result<std::vector<Name>, Unavailable> accounts_of(const std::string& domain) const override;
    /// Looks through the domain's folder at most once a minute.
    [[nodiscard]] Result<std::vector<Group>, Unavailable> sending_groups_of(const std::string& domain) const override;
    /// Likewise of aliases or groups; `kind`: one of entry_kinds().
    [[nodiscard]] Result<std::vector<Name>, Unavailable> names_of(const EntryKind& kind,
                                                                  const std::string& domain) const;
    /// Accounts in .removed, by name, the latest first.
    [[nodiscard]] Result<std::vector<Removed>, Unavailable> removed_of(const std::string& domain) const;

    Result<void, Refusal> add_domain(const Domain& domain);
    /// not_empty: it has accounts and these were not to go with it.
    Result<void, Refusal> remove_domain(const std::string& domain, bool with_accounts);
    /// All of it gets the new name; its accounts keep theirs before the "@". Addresses that others' files hold stay.
    Result<void, Refusal> rename_domain(const std::string& from, const std::string& to);
    /// One key of the domain's file, as set().
    Result<void, Refusal> set_domain(const std::string& domain, const std::string& key,
                                     const std::optional<std::string>& value);

    /// The secret is written first, so that no account is ever without.
    Result<void, Refusal> add(const Account& account, const Secret& secret);
    Result<void, Refusal> add(const Alias& alias);
    Result<void, Refusal> add(const Group& group);
    Result<void, Refusal> set_secret(const Name& name, const Secret& secret);
    Result<void, Refusal> remove(const Name& name);
    /// Brings back what was removed last under that name, or at that time.
    Result<void, Refusal> restore(const Name& name, std::optional<WallTime> when);
    /// Files, secret and mail. One that was interrupted is finished when it is asked for again.
    Result<void, Refusal> rename(const Name& from, const Name& to);
    /// One key of its file, comments kept; `value` as config::edit_text takes it, none: take the key out.
    Result<void, Refusal> set(const Name& name, const std::string& key, const std::optional<std::string>& value);
    /// As one act: who else changes the same list at that moment loses nothing. Addresses are compared as names. An
    /// alias without targets and a group without members are removed. not_there: one to be taken out is not in it;
    /// nothing has changed.
    Result<ListEdited, Refusal> edit_list(const Name& name, const ListEdit& edit);

    [[nodiscard]] std::string domain_file(const std::string& domain) const;
    [[nodiscard]] std::string account_file(const Name& name) const;

  private:
    struct Found {
        const EntryKind* kind;
        std::string file;
        std::string text;
    };
    /// Behind the name of an account's file while the account is being renamed.
    static constexpr std::string_view kMoving = ".moving";
    struct SendingGroups {
        WallTime looked{};
        std::vector<Group> groups;
    };

    // file_directory.cc: look-ups
    [[nodiscard]] std::string folder(const std::string& domain) const;
    [[nodiscard]] std::string entry_folder(const Name& name) const;
    [[nodiscard]] bool lost(const std::string& domain) const;
    [[nodiscard]] bool is_moving(const Name& name) const;
    [[nodiscard]] std::optional<Found> open_entry(const Name& name) const;
    [[nodiscard]] Result<std::shared_ptr<const EntryFile>, Unavailable> entry_file(const Name& name) const;

    // file_changes.cc
    [[nodiscard]] std::unique_ptr<File> lock() const;
    Result<void, Refusal> may_add(const Name& name, const char* what) const;
    Result<void, Refusal> write_new(const Name& name, const EntryKind& kind, const std::string& text);
    Result<void, Refusal> edit(const config::Schema& schema, const std::string& file, const std::string& text,
                               const std::string& key, const std::optional<std::string>& value);
    void remove_entry(const Name& name);
    struct TreePath {
        std::string tree;
        std::string inner;
    };
    void move_away(const std::vector<TreePath>& paths);
    void move(const std::string& from, const std::string& to);

    Files& files_;
    Places places_;
    const Clock& clock_;
    Secrets secrets_;
    ParsedFiles<EntryFile> entries_;
    ParsedFiles<Domain> domains_;
    mutable std::mutex sending_mutex_;
    mutable std::map<std::string, SendingGroups> sending_;
};

}  // namespace md::accounts
