// mdqueue/manager.h - the one process that owns journals and spool
//
// PURPOSE
//   Follows the intake journals, has each message delivered or spooled, and gives segments back when all is on disk;
//   runs the spool (spool_runner.h); answers queue.sock (queue_request.h) for mdctl.
// CONTRACT
//   A role of mdqueue (user mdqueue), one process, no network. A record of a journal is finished when every recipient
//   is in a mailbox, or the message is in the spool. Replaced in sequence: it ends after what runs has ended and all is
//   settled.
#pragma once

#include "async/task.h"
#include "daemon/child.h"

namespace md::mdqueue {

async::Task<void> run_manager(daemon::Child& child);

}  // namespace md::mdqueue
