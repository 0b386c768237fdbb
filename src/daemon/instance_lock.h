// daemon/instance_lock.h - one parent of a daemon for each instance
//
// CONTRACT
//   flock on paths.run/DAEMON.lock. The children inherit the descriptor, so that the lock is free only when the last
//   process of the daemon has ended; a successor of a killed parent waits for its children for a few seconds.
#pragma once

#include <optional>
#include <string>

#include "base/fd.h"

namespace md::daemon {

/// none: another one runs
[[nodiscard]] std::optional<Fd> lock_instance(const std::string& path);

}  // namespace md::daemon
