// mdfilterd/state_child.h - the one process that opens the policy state
//
// CONTRACT
//   A role of mdfilterd. Opens paths.filter/state, answers filter-state.sock and policy.sock (policy/request.h), and
//   removes what is over once a minute. A change is durable before it is answered, so the process may die at any
//   moment.
// DIAGNOSTICS
//   FilterStateOpened, FilterPurged
#pragma once

#include "async/task.h"
#include "daemon/child.h"

namespace md::mdfilterd {

async::Task<void> run_state(daemon::Child& child);

}  // namespace md::mdfilterd
