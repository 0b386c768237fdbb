// store/store.h - all mailboxes of this machine, as one process sees them
//
// PURPOSE
//   Store gives Accounts, and keeps one Mailbox object for each open mailbox, so that the mutex in it excludes the
//   threads of this process as the lock file excludes the other processes.
// CONTRACT
//   Everything under store/ blocks: run it as one job of a worker pool, never on a loop. All of it is thread-safe.
//   Failures of this machine are md::SystemError, and leave nothing half-written. Every access to a mailbox comes
//   through Account::open, the one place that decides. Outlives the Accounts, Mailboxes, Views and Maildrops made from
//   it.
// LAYOUT
//   <root>/<domain>/<local part, escaped>/Maildir      the mail root, a Maildir++ (doc/formats/maildir.md)
//   <root>/<domain>/<local part, escaped>/undelete     what was expunged, for 14 days
//   <root>/.numbers                                    block bounds by MAILBOXID (doc/formats/mailbox-journal.md)
//   <root>/.processes                                  who reserves room in quotas (doc/formats/account-journal.md)
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/files.h"
#include "store/types.h"

namespace md::store {

class Account;
class Mailbox;

/// Something on the disk was not as it should be: damaged, lost, or older than what was told of it.
struct Repair {
    std::string path;   ///< of the mailbox, the account's mail root, or the file
    std::string found;  ///< what was wrong
    std::string done;   ///< what was made of it
};

struct StoreOptions {
    std::string root;  ///< [paths] store
    Files* files = &real_files();
    const Clock* clock = &real_clock();
    std::string boot_id;  ///< empty: the system's (/proc/sys/kernel/random/boot_id)
    std::function<void(const std::string& mailbox_id)>
        changed;                                  ///< called after unlocking: WakeSender::send; may be empty
    std::function<void(const Repair&)> repaired;  ///< called in the lock: writes a line and no more; may be empty
    std::chrono::days undelete_keep{14};
    std::size_t mailboxes_kept = 256;  ///< open mailboxes that are remembered though nobody uses them
};

class Store {
  public:
    explicit Store(StoreOptions options);
    ~Store();  ///< does not close: see close()

    /// The account's mail; its directories and INBOX are made if they are not there.
    [[nodiscard]] std::shared_ptr<Account> account(const AccountName& name);

    /// At the end of a process that stops in order: one syncfs, then a mark in each journal that this process wrote
    /// last, so that the next boot need not leap over the rest of its blocks. Call when no other job runs.
    void close();

    /// One syncfs of the store's file system: what was delivered before is durable after: one for many.
    void sync();

    class Core;  ///< what the files of store/ share; not for others
    [[nodiscard]] Core& core() noexcept { return *core_; }

  private:
    std::unique_ptr<Core> core_;
};

/// Where the account's folder lies below the store's root: "<domain>/<local part, escaped>".
[[nodiscard]] std::string account_directory(const AccountName& name);

}  // namespace md::store
