// daemon/arguments.h - the command line of a daemon
#pragma once

#include <string>
#include <string_view>
#include <variant>

namespace md::daemon {

struct Arguments {
    std::string config;       ///< -c FILE, or where the system has it
    bool foreground = false;  ///< events to standard error too, whatever the configuration says
};

/// What to print, and the exit code.
struct Answer {
    std::string text;
    int code;
};

/// -c, --config FILE; --foreground; --version; --help.
[[nodiscard]] std::variant<Arguments, Answer> parse_arguments(std::string_view program, int argc, char** argv);

}  // namespace md::daemon
