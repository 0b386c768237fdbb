// mdsmtpd/worker.h - a session worker: its services, and a session for each connection
//
// CONTRACT
//   A role of mdsmtpd (user mdsmtpd). Writes nothing but its intake journal; ends when its sessions have, with the
//   journal closed.
#pragma once

#include "async/task.h"
#include "daemon/child.h"

namespace md::mdsmtpd {

async::Task<void> run_worker(daemon::Child& child);

}  // namespace md::mdsmtpd
