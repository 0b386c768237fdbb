// daemon/contain.h - the boundary at which this machine's faults become a value
//
// PURPOSE
//   `const auto fault = co_await contain(run(command));` runs a command. A failure of this machine (SystemError, no
//   memory, any other std::exception) is the value; none: null. The session logs it once and answers 451, NO
//   [SERVERBUG] or -ERR [SYS/TEMP]. No await is possible in a catch handler, hence the value.
// CONTRACT
//   net::Disconnected and async::Cancelled pass through: they are the session's end.
#pragma once

#include <exception>

#include "async/task.h"

namespace md::daemon {

[[nodiscard]] async::Task<std::exception_ptr> contain(async::Task<void> task);

}  // namespace md::daemon
