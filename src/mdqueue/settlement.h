// mdqueue/settlement.h - one sync serves everything that was delivered since the last
//
// PURPOSE
//   Who has put a message into a mailbox and wants to forget its own copy waits here until the mailbox is on disk.
//   About once a second one syncfs does it for all.
// CONTRACT
//   on_disk() begins to count with its call: what was delivered before is on disk when it ends true. False: it could
//   not be.
#pragma once

#include <memory>

#include "async/sync.h"
#include "async/task.h"
#include "async/worker_pool.h"
#include "log/logger.h"
#include "mdqueue/dispatcher.h"
#include "mdqueue/sync_history.h"

namespace md::mdqueue {

class Settlement {
  public:
    Settlement(async::WorkerPool& pool, const log::Logger& log, Dispatcher& dispatcher, SyncHistory& history)
        : pool_(pool), log_(log), dispatcher_(dispatcher), history_(history) {}

    async::Task<bool> on_disk();
    /// The manager's coroutine; ends when it is cancelled.
    async::Task<void> run();

  private:
    struct Round {
        async::Signal ended;
        bool good = false;
    };
    async::Task<bool> sync();

    async::WorkerPool& pool_;
    log::Logger log_;
    Dispatcher& dispatcher_;
    SyncHistory& history_;
    async::Signal wanted_;
    std::shared_ptr<Round> next_ = std::make_shared<Round>();
};

}  // namespace md::mdqueue
