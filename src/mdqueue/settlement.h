// mdqueue/settlement.h - one sync serves everything that was delivered, or put into the spool, since the last
//
// PURPOSE
//   Who has put a message into a mailbox or the spool and wants to forget its own copy waits here until that is on
//   disk. One syncfs of each does it for all: at once, but not sooner than half a second after the last.
// CONTRACT
//   on_disk() begins to count with its call: what was delivered or spooled before is on disk when it ends true. False:
//   it could not be.
#pragma once

#include <memory>

#include "async/sync.h"
#include "async/task.h"
#include "async/worker_pool.h"
#include "log/logger.h"
#include "mdqueue/dispatcher.h"
#include "mdqueue/sync_history.h"
#include "spool/spool.h"

namespace md::mdqueue {

class Settlement {
  public:
    /// `spool_mutex`: held by whoever works with the spool.
    Settlement(async::WorkerPool& pool, const log::Logger& log, Dispatcher& dispatcher, SyncHistory& history,
               spool::Spool& spool, async::Mutex& spool_mutex)
        : pool_(pool),
          log_(log),
          dispatcher_(dispatcher),
          history_(history),
          spool_(spool),
          spool_mutex_(spool_mutex) {}

    async::Task<bool> on_disk();
    /// The manager's coroutine; ends when it is cancelled.
    async::Task<void> run();

  private:
    struct Round {
        async::Signal ended;
        bool good = false;
    };
    async::Task<bool> sync();
    async::Task<bool> sync_spool();
    template <class F>
    async::Task<bool> run_guarded(F& work);

    async::WorkerPool& pool_;
    log::Logger log_;
    Dispatcher& dispatcher_;
    SyncHistory& history_;
    spool::Spool& spool_;
    async::Mutex& spool_mutex_;
    async::Signal wanted_;
    std::shared_ptr<Round> next_ = std::make_shared<Round>();
};

}  // namespace md::mdqueue
