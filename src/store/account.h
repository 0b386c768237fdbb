// store/account.h - one account's folders, their numbers and its quota
//
// PURPOSE
//   Account answers LIST, STATUS and quota from `mdmail.account` alone (doc/formats/account-journal.md), and opens
//   mailboxes.
// CONTRACT
//   Blocks; thread-safe. Locks the account journal for each call, never while a caller runs. A folder name is UTF-8
//   with '/' between levels; "INBOX" is matched without case, other names as they are.
// RFC
//   9051 §6.3 (folders), §6.3.11 (STATUS)
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "store/mailbox.h"
#include "store/store.h"
#include "store/types.h"

namespace md::store {

enum class FolderError : std::uint8_t {
    not_there,
    exists,
    bad_name,  ///< empty level, control octet, not UTF-8, too long or too deep
};

class AccountJournal;

class Account {
  public:
    Account(Store::Core& core, AccountName name);
    ~Account();

    [[nodiscard]] const AccountName& name() const noexcept { return name_; }
    [[nodiscard]] const std::string& maildir() const noexcept { return maildir_; }
    /// False: the account was removed, and perhaps made again; this object is of no use any more.
    [[nodiscard]] bool is_there() const;

    /// Sorted by name, INBOX first.
    [[nodiscard]] std::vector<FolderStatus> folders();
    [[nodiscard]] std::optional<FolderStatus> status(std::string_view folder);
    /// Of all folders, reservations of running deliveries included.
    [[nodiscard]] QuotaUse quota_use();

    [[nodiscard]] Result<std::shared_ptr<Mailbox>, FolderError> open(std::string_view folder);
    /// The folder alone: levels above it are not made, and need not be there.
    [[nodiscard]] Result<std::shared_ptr<Mailbox>, FolderError> create(std::string_view folder);

    /// Folders that other programs made or removed are taken in or out: one listing of the mail root.
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
    std::shared_ptr<Mailbox> open_folder(const std::string& name, const std::string& directory);
    void clean_tmp(const std::string& directory);

    Store::Core& core_;
    AccountName name_;
    std::string maildir_;
    std::string undelete_;
    std::uint64_t inode_ = 0;                  ///< of maildir_
    std::shared_ptr<AccountJournal> journal_;  ///< mailboxes have it, too
    std::atomic<std::int64_t> tidy_due_{0};
};

}  // namespace md::store
