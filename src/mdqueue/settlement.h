// mdqueue/settlement.h - one sync serves everything that was delivered since the last
//
// PURPOSE
//   Who has put a message into a mailbox and wants to forget its own copy waits here until the mailbox is on disk.
//   About once a second one syncfs does it for all (DESIGN 2).
// CONTRACT
//   on_disk() begins to count with its call: what was delivered before is on disk when it ends true. False: it could
//   not be.
#pragma once

#include "async/sync.h"
#include "async/task.h"
#include "mdqueue/dispatcher.h"

namespace md::mdqueue {

class Settlement {
  public:
    explicit Settlement(Dispatcher& dispatcher) : dispatcher_(dispatcher) {}

    async::Task<bool> on_disk();
    /// The manager's coroutine; ends when it is cancelled.
    async::Task<void> run();

  private:
    struct Round {
        async::Signal ended;
        bool good = false;
    };

    Dispatcher& dispatcher_;
    async::Signal wanted_;
    std::shared_ptr<Round> next_ = std::make_shared<Round>();
};

}  // namespace md::mdqueue
