// mdimapd/upkeep.h - what a mailbox is owed after its flags changed, beside the sessions
//
// PURPOSE
//   A change of flags is in the journal at once; it must be durable within 1 s, and the names of the files follow
//   within 5 s and when a session leaves. One coroutine a worker does it for all its sessions, kAtOnce
//   mailboxes side by side, kEach of an account: those whose locks another program holds delay no other account's.
// CONTRACT
//   Holds a mailbox only while it is owed something. A failure is logged (ImapUpkeepFailed) and the work tried again
//   with the mailbox's next change: the journal has the flags.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "async/pool_share.h"
#include "async/scope.h"
#include "async/sync.h"
#include "async/task.h"
#include "log/logger.h"
#include "store/mailbox.h"

namespace md::mdimapd {

class Upkeep {
  public:
    static constexpr unsigned kAtOnce = 4;
    static constexpr unsigned kEach = 2;

    Upkeep(async::WorkerPool& pool, const log::Logger& log) : pool_(pool, kAtOnce), log_(log) {}

    /// Flags changed in this mailbox.
    void owe(const std::shared_ptr<store::Mailbox>& mailbox);
    /// A session leaves this mailbox: what is owed is done now.
    void hurry(const std::string& mailbox_id);

    /// Until it is cancelled.
    async::Task<void> run();
    /// All that is owed still, at the end of the worker.
    async::Task<void> finish();

  private:
    struct Debt {
        std::shared_ptr<store::Mailbox> mailbox;
        std::shared_ptr<async::PoolShare> turn;  ///< the account's
        async::Deadline sync_due;
        async::Deadline names_due;
        bool being_paid = false;
    };

    struct Due {
        std::shared_ptr<store::Mailbox> mailbox;
        std::shared_ptr<async::PoolShare> turn;
        bool names;
    };

    async::Task<void> run_in(async::Scope& scope);
    async::Task<void> finish_in(async::Scope& scope);
    void pay_due(async::Scope& scope, async::Deadline now);
    async::Task<void> pay(Due due);
    async::Task<void> work(const Due& due);
    [[nodiscard]] std::shared_ptr<async::PoolShare> turn_of(store::Mailbox& mailbox);
    [[nodiscard]] async::Deadline soonest() const noexcept;

    async::PoolShare pool_;
    log::Logger log_;
    std::map<std::string, Debt> debts_;
    std::map<const void*, std::weak_ptr<async::PoolShare>> turns_;  ///< by account, while it is owed something
    async::Signal changed_;
};

}  // namespace md::mdimapd
