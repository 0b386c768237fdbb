// store/account_journal.h - mdmail.account: an account's folders, their numbers, UIDVALIDITY, subscriptions and quota
//
// CONTRACT
//   Blocks; thread-safe. Each call takes the account's lock (a mutex, then flock on mdmail.account.lock) for itself and
//   gives it back: after a mailbox's lock or without one, never around one. glance(), and needs_count() where all is
//   well, read without the lock file.
//   What is told of folders, UIDVALIDITYs and subscriptions is durable; sums are not, and are counted again after a
//   power cut (needs_count). A renaming is in the log before the first directory moves, and until the last has
//   (account_rename.cc); meanwhile folders have their old names here, and find() says where their directories are.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "store/account_state.h"
#include "store/journal_file.h"
#include "store/store.h"

namespace md::store {

/// Folders and subscriptions of one moment.
struct AccountListing {
    std::vector<FolderStatus> folders;       ///< by MAILBOXID
    std::vector<std::string> subscriptions;  ///< sorted; not each is a folder
};

struct RoomKept {
    std::string token;
    QuotaUse room;
    std::int64_t time = 0;
};

class AccountJournal {
  public:
    AccountJournal(Store::Core& core, std::string maildir);
    ~AccountJournal();

    [[nodiscard]] const std::string& maildir() const noexcept { return maildir_; }

    [[nodiscard]] std::vector<FolderStatus> folders();
    [[nodiscard]] AccountListing listing();
    [[nodiscard]] std::optional<FolderStatus> by_name(std::string_view name);
    [[nodiscard]] std::optional<FolderStatus> by_directory(std::string_view directory);
    /// The same without the lock file: to compare, not to tell, for it may not be durable. None also if only the holder
    /// of the lock can read the journal.
    [[nodiscard]] std::optional<FolderStatus> glance(std::string_view directory);
    /// With the directory that it has now, in the middle of a renaming, too.
    [[nodiscard]] std::optional<FolderStatus> find(std::string_view mailbox_id);
    /// Whether a folder lies below that name.
    [[nodiscard]] bool has_below(std::string_view name);
    /// Reservations included, but for those of processes that are no more.
    [[nodiscard]] QuotaUse used();

    /// Above every one before and `above`, and at least the time; durable on return.
    [[nodiscard]] std::uint32_t next_uid_validity(std::uint32_t above = 0);
    /// A folder that is new, or whose name, directory or UIDVALIDITY changed; durable on return.
    void put_folder(const FolderStatus& folder);
    /// The same of a folder that another program gave another name.
    void place_folder(std::string_view mailbox_id, const std::string& name, const std::string& directory);
    /// Takes it out if its directory is not there any more: another program took it away, or whoever removed it died.
    bool remove_if_gone(std::string_view mailbox_id);
    /// Moves the folder's directory to `target`, below which it has no name here; in the mailbox's lock. Durable.
    void detach_folder(std::string_view mailbox_id, const std::string& target);
    /// What the mailbox's holder knows now; nothing is written if it is known already. `release`: a reservation that
    /// ends with it.
    void put_numbers(const FolderStatus& numbers, std::string_view release = {});

    /// Gives a folder these uses, if no other has one of them. False: another has.
    bool assign(std::string_view mailbox_id, SpecialUses uses);
    /// Uses that no folder has yet.
    [[nodiscard]] SpecialUses free_uses();
    /// False: there are too many already.
    bool subscribe(std::string_view name, bool on);
    /// Another folder may be made.
    [[nodiscard]] bool has_room();
    /// Whether `path` was not asked for before in this process: what is wrong with it is said once.
    [[nodiscard]] bool is_first_report(const std::string& path) {
        const std::lock_guard lock(mutex_);
        return reported_.insert(path).second;
    }
    /// True once an account.
    [[nodiscard]] bool wants_defaults();
    void made_defaults();

    /// Begun by someone, and not finished.
    [[nodiscard]] std::optional<Renaming> renaming();
    /// Logs it, if that can be done and nothing else is under way.
    [[nodiscard]] Result<void, FolderError> begin_renaming(const Renaming& renaming);
    /// The folders whose directories have yet to move.
    [[nodiscard]] std::vector<FolderStatus> to_move(const Renaming& renaming);
    /// Gives the folder's directory its new name, if it has it not; in the mailbox's lock.
    void move_directory(std::string_view mailbox_id, const Renaming& renaming);
    /// All have moved: names follow, durably, and the renaming is over. False: one has not.
    bool end_renaming(const Renaming& renaming);

    /// Keeps room for files that will be written: as much as there is of `most` octets, and no less than `least`. The
    /// token ends it, or ten minutes, or the end of this process. `token`: of an earlier reservation, which this one
    /// takes the place of.
    [[nodiscard]] Result<RoomKept, OverQuota> reserve(const QuotaUse& least, std::uint64_t most,
                                                      const QuotaLimits& limit, std::string token = {});
    /// If that cannot be written now, then with whatever is written next.
    void release(const std::string& token) noexcept;
    void release_later(std::string token);

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
    [[nodiscard]] std::set<std::string> dead_reservations(std::int64_t now);
    [[nodiscard]] std::string path_of(std::string_view directory) const;
    [[nodiscard]] bool is_there(std::string_view directory) const;
    [[nodiscard]] bool is_under_way(const Renaming& renaming) const;
    [[nodiscard]] bool is_placed(const FolderStatus& folder, const Renaming& renaming) const;
    [[nodiscard]] std::string directory_now(const FolderStatus& folder) const;

    Store::Core& core_;
    std::string maildir_;
    std::mutex mutex_;
    std::set<std::string> reported_;
    std::unique_ptr<File> lock_;
    std::uint64_t lock_inode_ = 0;
    JournalFile file_;
    std::unique_ptr<AccountState> state_;
    std::vector<std::string> owed_;  ///< tokens whose end is not written yet
    bool whole_ = false;             ///< the last read came to a clean end of a journal of ours
    bool wrote_ = false;
};

}  // namespace md::store
