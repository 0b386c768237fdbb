// store/account.h - one account's folders, their numbers, subscriptions and quota
//
// PURPOSE
//   Account answers LIST, STATUS and quota from `mdmail.account` alone (doc/formats/account-journal.md), opens
//   mailboxes (for STATUS, what another program changed), makes, removes and renames folders (account_folders.cc).
// CONTRACT
//   Blocks; thread-safe. Locks the account journal for each call, never while a caller runs. A folder name is UTF-8
//   with '/' between levels; "INBOX" is matched without case, other names as they are. What a call says it did is
//   durable. A renaming that another process began and did not finish is finished first.
// RFC
//   9051 §6.3 (folders), §6.3.11 (STATUS); 3501 §6.3.3-§6.3.7; 6154 (special uses); 8474 §4 (MAILBOXID)
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "store/mailbox.h"
#include "store/store.h"
#include "store/types.h"

namespace md::store {

class AccountJournal;
class MailboxCore;
struct AccountListing;
struct Renaming;

/// A folder that every account has from its first login on.
struct DefaultFolder {
    std::string name;
    SpecialUses uses = 0;
};

class Account {
  public:
    Account(Store::Core& core, AccountName name);
    ~Account();

    [[nodiscard]] const AccountName& name() const noexcept { return name_; }
    [[nodiscard]] const std::string& maildir() const noexcept { return maildir_; }
    /// The file system that its mail lies on.
    [[nodiscard]] std::uint64_t device() const noexcept { return device_; }
    /// False: the account was removed, and perhaps made again; this object is of no use any more.
    [[nodiscard]] bool is_there() const;

    /// Sorted by name, INBOX first.
    [[nodiscard]] std::vector<FolderStatus> folders();
    /// With the subscriptions of the same moment; folders as folders() has them.
    [[nodiscard]] AccountListing listing();
    [[nodiscard]] std::optional<FolderStatus> status(std::string_view folder);
    /// Takes in what other programs did to a folder that status() or listing() gave, and its numbers with it: two calls
    /// for the times of its directories, and only if these changed the mailbox is opened and looked at. Takes no
    /// \Recent. A folder that cannot be looked at keeps the numbers that it has. True: it was opened, which costs.
    bool look_at(FolderStatus& folder);
    /// Of all folders, reservations of running deliveries included.
    [[nodiscard]] QuotaUse quota_use();

    [[nodiscard]] Result<std::shared_ptr<Mailbox>, FolderError> open(std::string_view folder);
    /// The folder alone: levels above it are not made, and need not be there. Each use is one folder's.
    [[nodiscard]] Result<std::shared_ptr<Mailbox>, FolderError> create(std::string_view folder, SpecialUses uses = 0);
    /// Its messages go to the undelete area; who has it open finds it gone. Folders below it stay. Its numbers never
    /// come back.
    [[nodiscard]] Result<void, FolderError> remove(std::string_view folder);
    /// The folder and all below it, with MAILBOXIDs and UIDs: who has one open goes on. INBOX: its messages move to a
    /// new folder, and it stays, with what is below it (RFC 3501 §6.3.5).
    [[nodiscard]] Result<void, FolderError> rename(std::string_view from, std::string_view to);
    /// The name of a folder, or one that might become one (RFC 3501 §6.3.6). False: it never can, or there are too
    /// many.
    bool subscribe(std::string_view folder, bool on);
    /// Once an account: makes those that are not there, gives them their uses where these are free, and subscribes
    /// them. What the owner makes of them later stays. What cannot be made now waits for the next call.
    void make_defaults(const std::vector<DefaultFolder>& folders);

    /// Folders that other programs made or removed are taken in or out: one listing of the mail root, if it changed.
    void look();
    /// Removes from the undelete area what is older than is kept, `at_most` so many. Returns how many messages.
    std::size_t purge_undelete(std::size_t at_most = SIZE_MAX);
    /// Once a day, for whoever logs in: purge_undelete(), a bounded part of it, and what nobody has written to in any
    /// tmp/ for 36 hours (https://cr.yp.to/proto/maildir.html). What cannot be removed now waits for another day.
    void tidy();

    [[nodiscard]] AccountJournal& journal() noexcept { return *journal_; }
    [[nodiscard]] const std::string& undelete_directory() const noexcept { return undelete_; }

  private:
    std::shared_ptr<Mailbox> open_inbox();
    std::shared_ptr<Mailbox> open_folder(const FolderStatus& known);
    std::shared_ptr<Mailbox> mailbox_at(const std::string& name, const std::string& directory, bool may_be_made);
    [[nodiscard]] std::optional<FolderStatus> find(const std::string& name);
    [[nodiscard]] std::string path_of(const std::string& directory) const;
    void clean_tmp(const std::string& directory);
    void purge_directory(const std::string& directory, std::size_t& left);
    bool take_in(const std::vector<std::string>& names, const std::set<std::string_view>& known);
    void take_in(const std::string& name, const std::string& directory);

    // account_folders.cc
    [[nodiscard]] Result<std::string, FolderError> new_directory(const std::string& name);
    [[nodiscard]] std::string fit_directory(const std::string& name);
    void finish_renaming();
    void move_directories(const Renaming& renaming);
    void make_default(const DefaultFolder& folder);
    void bury(MailboxCore& core, const std::string& name);

    // account_inbox.cc
    Result<void, FolderError> rename_inbox(const std::string& to);
    [[nodiscard]] bool empty_inbox(const Renaming& renaming, bool wait);
    std::shared_ptr<Mailbox> folder_for_inbox(const std::string& name);

    Store::Core& core_;
    AccountName name_;
    std::string maildir_;
    std::string undelete_;
    std::uint64_t device_ = 0;                 ///< of maildir_
    std::uint64_t inode_ = 0;                  ///< likewise
    std::shared_ptr<AccountJournal> journal_;  ///< mailboxes have it, too
    std::atomic<std::int64_t> tidy_due_{0};
    std::atomic<std::int64_t> looked_{0};  ///< the time of change of maildir_ that look() knows all about
};

}  // namespace md::store
