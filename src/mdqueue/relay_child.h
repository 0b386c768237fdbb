// mdqueue/relay_child.h - a process that gives messages to other hosts: SMTP and LMTP; opens no path of mail
#pragma once

#include "async/task.h"
#include "daemon/child.h"

namespace md::mdqueue {

[[nodiscard]] async::Task<void> run_relay(daemon::Child& child);

}  // namespace md::mdqueue
