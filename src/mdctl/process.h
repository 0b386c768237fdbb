// mdctl/process.h - starts the programs of the daemons, and waits for processes to end
#pragma once

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace md::mdctl {

/// Beside mdctl, in the build tree (../NAME/NAME), in libexec, in sbin; none: nowhere.
[[nodiscard]] std::optional<std::string> find_program(const std::string& name);

/// Starts a program detached: a session of its own, standard input from /dev/null, output and errors appended to
/// `output`, no other descriptor. Returns its process id; throws SystemError.
[[nodiscard]] pid_t start_detached(const std::vector<std::string>& arguments, const std::string& output);

/// Of a process started here: its exit code (128 + the signal that ended it); none: it still runs.
[[nodiscard]] std::optional<int> exit_code_of(pid_t child);

/// Runs a program and waits for it; its exit code. Throws SystemError.
[[nodiscard]] int run_and_wait(const std::vector<std::string>& arguments);

/// Likewise, and gives `take` each line of its standard output as it comes.
[[nodiscard]] int run_and_read(const std::vector<std::string>& arguments,
                               const std::function<void(const std::string& line)>& take);

/// Waits for a process, whoever's child it is; false: it still runs.
[[nodiscard]] bool wait_for_end(pid_t process, std::chrono::milliseconds patience);

}  // namespace md::mdctl
