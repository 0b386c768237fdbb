// store/core.h - what the files of store/ share: options, times, bounds, and the mailboxes that are open
//
// CONTRACT
//   For store/ alone. Thread-safe.
#pragma once

#include <atomic>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/files.h"
#include "store/number_bounds.h"
#include "store/process_mark.h"
#include "store/shared_sync.h"
#include "store/store.h"

namespace md::store {

class MailboxCore;

class Store::Core {
  public:
    explicit Core(StoreOptions options);

    [[nodiscard]] Files& files() const noexcept { return *options_.files; }
    [[nodiscard]] const StoreOptions& options() const noexcept { return options_; }
    [[nodiscard]] const std::string& boot_id() const noexcept { return options_.boot_id; }
    [[nodiscard]] std::int64_t now_seconds() const { return unix_seconds(options_.clock->now()); }
    [[nodiscard]] std::int64_t now_ns() const;
    [[nodiscard]] NumberBounds& bounds() noexcept { return bounds_; }
    [[nodiscard]] ProcessMark& process() noexcept { return process_; }
    void changed(const std::string& mailbox_id) const noexcept;
    void repaired(const std::string& path, std::string_view found, std::string_view done) const noexcept;

    [[nodiscard]] std::shared_ptr<Account> account(const AccountName& name);
    /// The one object for the mailbox at `path`, made by `make` if there is none.
    template <class Make>
    std::shared_ptr<Mailbox> mailbox(const std::string& path, Make make) {
        std::shared_ptr<Mailbox> last;  // dies after the lock: it closes files
        const std::lock_guard lock(mutex_);
        if (auto known = find(path)) return known;
        std::shared_ptr<Mailbox> fresh = make();
        last = remember(path, fresh);
        return fresh;
    }
    [[nodiscard]] std::vector<std::shared_ptr<Mailbox>> open_mailboxes();
    [[nodiscard]] std::vector<std::shared_ptr<Account>> open_accounts();
    /// No longer the mailbox at `path`; `only`: if it is this one.
    void forget(const std::string& path, const MailboxCore* only = nullptr);
    /// The mailbox has another path; whatever is found there already stays.
    void moved(const std::string& from, const std::string& to, const MailboxCore* which = nullptr);
    /// All mailboxes of an account whose directory was taken away.
    void forget_below(const std::string& maildir);
    /// One syncfs of the file system that `path` lies on, shared by all who wait for one.
    void sync_filesystem(const std::string& path);
    /// Of all that accounts lie on: the root's, and others that are mounted below it.
    void sync_filesystems();

  private:
    /// A file system. A directory of it is kept open from its first account on, so that its syncs tell of every failed
    /// write since (a descriptor that is opened later may not be told of one that another program has seen).
    struct Disk {
        std::unique_ptr<File> directory;
        SharedSync sync;
    };
    Disk& disk_of(const std::string& path);
    Disk& disk_of(const std::string& path, std::uint64_t device);
    static void sync(Disk& disk);
    std::shared_ptr<Mailbox> find(const std::string& path);
    /// The one that is not kept any more in its place; so of use().
    [[nodiscard]] std::shared_ptr<Mailbox> remember(const std::string& path, const std::shared_ptr<Mailbox>& mailbox);
    [[nodiscard]] std::shared_ptr<Mailbox> use(const std::string& path, const std::shared_ptr<Mailbox>& mailbox);
    /// Not kept any more; what was, if it was.
    std::shared_ptr<Mailbox> let_go(const std::string& path);

    StoreOptions options_;
    NumberBounds bounds_;
    ProcessMark process_;
    std::mutex mutex_;
    std::map<std::string, std::weak_ptr<Mailbox>> mailboxes_;
    using Kept = std::list<std::pair<std::string, std::shared_ptr<Mailbox>>>;
    Kept kept_;                                                     ///< the last used first
    std::unordered_map<std::string_view, Kept::iterator> kept_at_;  ///< by the path in kept_
    std::mutex disks_mutex_;
    std::map<std::uint64_t, std::unique_ptr<Disk>> disks_;  ///< by device; none goes
    std::atomic<bool> root_known_{false};
    std::mutex accounts_mutex_;
    std::map<AccountName, std::weak_ptr<Account>> accounts_;
    std::list<std::pair<AccountName, std::shared_ptr<Account>>> kept_accounts_;
};

}  // namespace md::store
