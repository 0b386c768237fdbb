// daemon/signals.h - signals of the system as something to wait for
//
// CONTRACT
//   By signalfd, for it survives fork without a handler that writes into the parent's loop. The signals of kHandled are
//   blocked in the parent before its first thread or child, and stay so in its children; who has no SignalQueue for one
//   of them ignores it.
#pragma once

#include <signal.h>

#include <initializer_list>

#include "async/fd_watch.h"
#include "async/task.h"
#include "base/fd.h"

namespace md::daemon {

/// Blocks SIGTERM, SIGINT, SIGHUP; ignores SIGPIPE.
void block_signals();

class SignalQueue {
  public:
    explicit SignalQueue(std::initializer_list<int> signals);

    /// The number of the next one.
    async::Task<int> next();

  private:
    Fd fd_;
    async::FdWatch watch_;
};

}  // namespace md::daemon
