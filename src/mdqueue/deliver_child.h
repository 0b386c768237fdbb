// mdqueue/deliver_child.h - the only part of mdqueue that touches mailboxes
//
// CONTRACT
//   A role of mdqueue (user mdmail): no network, no path of spool or intake. Serves deliver-#.sock
//   (deliver_protocol.h). A failure of this machine is an answer (deferred), told to the log once; what is delivered is
//   durable only after a kSync was answered.
#pragma once

#include "async/task.h"
#include "daemon/child.h"

namespace md::mdqueue {

async::Task<void> run_deliver(daemon::Child& child);

}  // namespace md::mdqueue
