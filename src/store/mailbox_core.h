// store/mailbox_core.h - a mailbox's files and its state, and the two ways to hold them
//
// PURPOSE
//   MailboxCore::Reading is the state as the journal has it now, without the lock file. MailboxCore::Writing is the
//   lock: it repairs what it finds, gives out numbers, and appends.
// CONTRACT
//   For store/ alone. Hold neither for long, never one while taking another, and no other mailbox's. Writing tells the
//   account journal and, after unlocking, whoever listens.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/files.h"
#include "store/account_journal.h"
#include "store/core.h"
#include "store/journal_file.h"
#include "store/mailbox.h"
#include "store/mailbox_state.h"
#include "store/shared_sync.h"
#include "store/summary_cache.h"

namespace md::store {

inline constexpr Uid kUidBlock = 1'000;
inline constexpr ModSeq kModSeqBlock = 10'000;

struct MailboxPlace {
    std::string name;         ///< the folder's
    std::string directory;    ///< below Maildir
    std::string path;         ///< of the Maildir itself
    std::string undelete;     ///< the account's
    bool may_be_made = true;  ///< false: if the directory is not there, the folder was renamed or removed meanwhile
};

class MailboxCore {
  public:
    MailboxCore(Store::Core& core, std::shared_ptr<AccountJournal> account, MailboxPlace place);
    ~MailboxCore();

    class Reading;
    class Writing;

    [[nodiscard]] Store::Core& core() noexcept { return core_; }
    [[nodiscard]] Files& files() noexcept { return core_.files(); }
    [[nodiscard]] AccountJournal& account() noexcept { return *account_; }
    [[nodiscard]] SummaryCache& cache() noexcept { return cache_; }
    /// Where it is; a renaming changes that.
    [[nodiscard]] MailboxPlace place() const {
        const std::lock_guard lock(place_mutex_);
        return place_;
    }
    /// The folder's name as the account has it now: a renaming may leave the directory where it is.
    [[nodiscard]] std::string folder_name();
    /// The account calls it so now.
    void set_folder_name(const std::string& name);
    /// Once settled, id() and uid_validity() are what they will always be.
    [[nodiscard]] bool is_settled() const noexcept { return ready_; }
    [[nodiscard]] const std::string& id() const noexcept { return id_; }
    [[nodiscard]] std::uint32_t uid_validity() const noexcept { return uid_validity_; }

    /// With the lock, and nothing of the mailbox read: `act` gives the directory another name or takes it away.
    void while_locked(const std::function<void()>& act);
    /// A path in tmp/, wherever the mailbox is now.
    [[nodiscard]] std::string temporary(const std::string& key);
    /// What a path below an earlier place of this mailbox is now; in the lock.
    [[nodiscard]] std::string here(const std::string& path) const;
    /// The same, without the lock.
    [[nodiscard]] std::string path_now(const std::string& path);

    /// Directories and journal are there and fit for this boot, made or mended if need be. First of all calls; once it
    /// worked, it is cheap.
    void settle();
    /// tmp/, new/ and cur/ again, if another program took them away and left the mailbox.
    void mend_directories();
    /// Whether new/ and cur/ are there to be looked at. What has been away for longer than it takes to bring it back is
    /// made again; false before. ESTALE: the mailbox itself is gone.
    [[nodiscard]] bool has_directories();
    /// Everything appended so far durable; shared.
    void sync();
    /// The names in new/ or cur/ durable; shared.
    void sync_names(Where where);
    /// `always`: whether it pays or not.
    void compact(bool always = false);
    /// The journal anew, with the sizes that the files have, and the cache away; numbers leap. Returns how many
    /// messages.
    std::uint32_t rebuild();
    [[nodiscard]] std::uint64_t journal_bytes();
    /// The numbers as they are now, whatever the account was told before: after a change by nobody here, or by another
    /// process.
    void tell_account();
    /// In order: if nobody wrote since `synced_size` was durable, the journal is marked as closed.
    void close(std::uint64_t synced_size);
    /// 0: nothing written by this process since the last close.
    [[nodiscard]] std::uint64_t written_size();

    [[nodiscard]] std::string path_of(const Entry& entry) const;
    [[nodiscard]] std::string path_of(const Known& known) const;
    [[nodiscard]] std::string path_of(Where where, std::string_view base, std::string_view letters) const;
    [[nodiscard]] std::string directory_of(Where where) const {
        const std::lock_guard lock(place_mutex_);
        return place_.path + (where == Where::in_new ? "/new" : "/cur");
    }
    /// In the lock: a name that this message's file cannot have, so that nobody tries it again and again.
    void refuse(Uid uid, const std::string& path) { refused_.insert_or_assign(uid, path); }
    [[nodiscard]] bool is_refused(Uid uid, const std::string& path) const {
        const auto at = refused_.find(uid);
        return at != refused_.end() && at->second == path;
    }
    /// Where an expunged message is kept.
    [[nodiscard]] std::string undelete_directory(std::int64_t time) const;

  private:
    /// The journal as it will be written anew, and what it was when it was read.
    struct Anew {
        std::string frames;
        std::uint64_t from = 0;  ///< what comes behind is not in `frames`
        std::shared_ptr<File> file;
        std::string path;
    };
    [[nodiscard]] Anew snapshot(std::int64_t expunges_since);
    /// On disk beside it; without the lock.
    [[nodiscard]] std::unique_ptr<JournalFile::Prepared> prepare(const Anew& anew);
    /// In the lock: nobody has written it anew or moved it.
    [[nodiscard]] bool is_as_it_was(const Anew& anew) const;

    /// What throws doubt on a journal that was read to its end, compared with what others remember of it.
    struct Doubts {
        bool other_boot = false;
        bool behind = false;
        bool stranger = false;
        bool shortened = false;
        [[nodiscard]] bool any() const noexcept { return other_boot || behind || stranger || shortened; }
    };
    [[nodiscard]] Doubts doubts(const NumberEnds& outside, const std::optional<FolderStatus>& told) const;
    [[nodiscard]] FolderStatus numbers_now() const;

    void make_directories();
    bool load();  ///< false: needs the lock to be mended
    [[nodiscard]] bool is_in_order();
    [[nodiscard]] bool settles_by_itself();
    [[nodiscard]] bool is_ours();
    bool follow();
    /// It was renamed and got its name again since it was not found there. `turn`: how often that was asked in a row.
    [[nodiscard]] bool is_back(unsigned turn);
    [[noreturn]] void gone();
    void tell_bounds();

    Store::Core& core_;
    std::shared_ptr<AccountJournal> account_;
    mutable std::mutex place_mutex_;
    MailboxPlace place_;  ///< changed by the holder of mutex_ alone
    std::string id_;
    std::uint32_t uid_validity_ = 0;
    std::mutex mutex_;
    std::unique_ptr<File> lock_;
    std::uint64_t lock_inode_ = 0;
    JournalFile journal_;
    std::unique_ptr<MailboxState> state_;
    bool settled_ = false;  ///< the numbers of this very file were compared with those kept outside
    bool wrote_ = false;
    std::atomic<bool> ready_{false};
    std::atomic<std::int64_t> away_since_{0};  ///< when new/ or cur/ was first missed; 0: it is not
    std::atomic<bool> sync_failed_{false};     ///< the journal must be written anew before anything is appended
    FolderStatus told_account_;
    std::unordered_map<Uid, std::string> refused_;  ///< the name that each was last refused
    SummaryCache cache_;
    SharedSync journal_sync_;
    SharedSync new_sync_;
    SharedSync cur_sync_;
};

/// The state, current as of now. Takes the lock file only if the journal must be mended, or is
/// in doubt.
class MailboxCore::Reading {
  public:
    explicit Reading(MailboxCore& mailbox);
    [[nodiscard]] const MailboxState& state() const noexcept { return *mailbox_.state_; }

  private:
    MailboxCore& mailbox_;
    std::unique_lock<std::mutex> mutex_;
};

class MailboxCore::Writing {
  public:
    explicit Writing(MailboxCore& mailbox);
    ~Writing();
    Writing(const Writing&) = delete;
    Writing& operator=(const Writing&) = delete;

    [[nodiscard]] const MailboxState& state() const noexcept { return *mailbox_.state_; }

    /// Makes sure that so many numbers may be told from uid_next() and modseq_next() on.
    void need(Uid uids, ModSeq modseqs);
    void add(const MailboxRecord& record);
    /// Between records that are no one change: begins another frame if this one is long enough. True: what comes next
    /// wants a MODSEQ of its own.
    bool part();
    /// Appends what was added, as one change if it fits a frame; then the state has it.
    void commit();
    /// Ends a quota reservation together with the numbers that the account is told; without a commit() alone.
    void release(std::string token) { release_ = std::move(token); }

    /// Around own changes of names in new/ and cur/: if a scan had seen all, it still has.
    void before_names();
    /// `cleared`: the files of all expunges up to this MODSEQ were moved away; 0: nothing new is known of them.
    void after_names(ModSeq cleared = 0);

  private:
    friend class MailboxCore;
    struct Unread {};
    Writing(MailboxCore& mailbox, Unread);
    void take_lock();
    void open_lock();
    void unlock() noexcept;
    bool refresh();
    void salvage(std::string_view found);
    void report(std::string_view found, std::string_view done) const noexcept;
    void sync_way();
    void create();
    void settle_numbers(bool whole);
    void leap(const NumberEnds& known);
    void renumber();
    [[nodiscard]] record::Bounds next_block(const NumberEnds& above, Uid uid_next, ModSeq modseq_next) const;
    void take_block(const record::Bounds& block);
    void rewrite(const std::string& frames);
    void take_place(JournalFile::Prepared& prepared, std::unique_ptr<MailboxState> state, std::uint64_t from);
    void append(std::string_view frames);
    void tell_account();

    MailboxCore& mailbox_;
    std::unique_lock<std::mutex> mutex_;
    FrameWriter frame_;
    std::string frames_;
    bool notify_ = false;
    std::string release_;
    bool carries_ = false;
};

}  // namespace md::store
