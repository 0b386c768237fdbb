// store/account_held.h - the account's lock, held for one call of AccountJournal
//
// CONTRACT
//   For account_journal.cc and account_renaming.cc alone. In a Held's scope the journal is read to its end and fit to
//   be written.
#pragma once

#include <mutex>
#include <utility>

#include "store/account_journal.h"
#include "store/core.h"

namespace md::store {

/// The mutex, the lock file, and the journal read to its end and fit to be written.
class AccountJournal::Held {
  public:
    explicit Held(AccountJournal& journal) : journal_(journal), mutex_(journal.mutex_) {
        lock();
        try {
            journal_.load();
            if (!journal_.whole_) journal_.repair();
        } catch (...) {
            unlock();
            throw;
        }
    }
    ~Held() { unlock(); }
    Held(const Held&) = delete;
    Held& operator=(const Held&) = delete;

  private:
    /// The lock file is never replaced by us, but a backup that is played back may.
    void lock() {
        auto& files = journal_.core_.files();
        const auto path = journal_.maildir_ + "/mdmail.account.lock";
        for (;;) {
            // While this is undecided the file is ours alone: whatever fails, it is closed, and with that unlocked.
            auto lock = std::exchange(journal_.lock_, nullptr);
            if (!lock) {
                lock = files.open(path, OpenMode::create);
                journal_.lock_inode_ = lock->info().inode;
            }
            lock->lock();
            const auto named = files.info(path);
            if (!named || named->inode != journal_.lock_inode_) continue;
            journal_.lock_ = std::move(lock);
            return;
        }
    }
    void unlock() noexcept {
        try {
            journal_.lock_->unlock();
        } catch (...) {
            journal_.lock_.reset();  // closing it unlocks, too
        }
    }

    AccountJournal& journal_;
    std::lock_guard<std::mutex> mutex_;
};

}  // namespace md::store
