// mdpop3d/worker.h - a session worker: its services, and a session for each connection
//
// CONTRACT
//   A role of mdpop3d (user mdmail). Sees mailboxes, and no hash. Ends when its sessions have, with the journals
//   closed.
#pragma once

#include "async/task.h"
#include "daemon/child.h"

namespace md::mdpop3d {

async::Task<void> run_worker(daemon::Child& child);

}  // namespace md::mdpop3d
