// mdfilterd/judge.h - a judge: serves MTAs by the milter protocol
//
// CONTRACT
//   A role of mdfilterd. Serves paths.run/filter.sock, to our own daemons alone (SO_PEERCRED) and with verdicts by
//   recipient, and the listeners of filter.listen to whoever reaches them; answers filter-scan.sock (scan.h). Holds a
//   copy of the lists. When it retires it takes no new connection and serves those that it has; when it stops it ends
//   each connection between two messages.
// DIAGNOSTICS
//   IpcRefused, FilterProtocolBroken, ConnectionEnded, ConnectionRefused, SessionFailed
#pragma once

#include <string_view>

#include "async/task.h"
#include "daemon/child.h"

namespace md::mdfilterd {

/// Below paths.run.
inline constexpr std::string_view kFilterSocket = "filter.sock";

async::Task<void> run_judge(daemon::Child& child);

}  // namespace md::mdfilterd
