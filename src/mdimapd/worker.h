// mdimapd/worker.h - a session worker: its services, what runs beside the sessions, and a session for each connection
//
// CONTRACT
//   A role of mdimapd (user mdmail). Sees mailboxes, and no hash. Ends when its sessions have, with the names of the
//   files as their flags want them and the journals closed.
#pragma once

#include "async/task.h"
#include "daemon/child.h"

namespace md::mdimapd {

async::Task<void> run_worker(daemon::Child& child);

}  // namespace md::mdimapd
