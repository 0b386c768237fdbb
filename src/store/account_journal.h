// store/account_journal.h - mdmail.account: an account's folders, their numbers, UIDVALIDITY and quota
//
// CONTRACT
//   Blocks; thread-safe. Each call takes the account's lock (a mutex, then flock on mdmail.account.lock) for itself and
//   gives it back: after a mailbox's lock or without one, never around one. Nothing here is synced but folders and
//   UIDVALIDITYs; sums that a power cut made wrong are counted again (needs_count).
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "store/account_state.h"
#include "store/journal_file.h"
#include "store/store.h"

namespace md::store {

class AccountJournal {
  public:
    AccountJournal(Store::Core& core, std::string maildir);
    ~AccountJournal();

    [[nodiscard]] std::vector<FolderStatus> folders();
    [[nodiscard]] std::optional<FolderStatus> by_name(std::string_view name);
    [[nodiscard]] std::optional<FolderStatus> by_directory(std::string_view directory);
    /// Reservations included.
    [[nodiscard]] QuotaUse used();

    /// Above every one before and `above`, and at least the time; durable on return.
    [[nodiscard]] std::uint32_t next_uid_validity(std::uint32_t above = 0);
    /// A folder that is new, or whose name, directory or UIDVALIDITY changed; durable on return.
    void put_folder(const FolderStatus& folder);
    void remove_folder(std::string_view mailbox_id);
    /// What the mailbox's holder knows now; nothing is written if it is known already. `release`: a reservation that
    /// ends with it.
    void put_numbers(const FolderStatus& numbers, std::string_view release = {});

    /// Keeps room for files that will be written; the token ends it, or ten minutes do.
    [[nodiscard]] Result<std::string, OverQuota> reserve(const QuotaUse& wanted, const QuotaLimits& limit);
    void release(std::string_view token);

    /// The sums may miss what a power cut took: each mailbox must be asked, then counted().
    [[nodiscard]] bool needs_count();
    void counted();
    /// The process ends in order and all is synced.
    void close();
    void sync();
    /// Written anew without what is over.
    void remake();

  private:
    class Held;

    void load();  ///< in the mutex; without the lock
    void repair();
    void write(FrameWriter& frame);
    void compact();

    Store::Core& core_;
    std::string maildir_;
    std::mutex mutex_;
    std::unique_ptr<File> lock_;
    JournalFile file_;
    std::unique_ptr<AccountState> state_;
    bool whole_ = false;  ///< the last read came to a clean end of a journal of ours
    bool wrote_ = false;
};

}  // namespace md::store
