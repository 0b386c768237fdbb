// mdctl/command_line.h - the words of a command line, held against the table of commands
//
// PURPOSE
//   The wrapper of CLI11, which only command_line.cc includes.
// CONTRACT
//   Whatever the table does not know is wrong use (64), with the nearest known word. --help and --version are answered
//   here.
#pragma once

#include <string>
#include <variant>

#include "mdctl/command.h"

namespace md::mdctl {

struct GlobalOptions {
    std::string config;  ///< -c; empty: not given
    bool json = false;
    bool json_lines = false;
    bool quiet = false;
};

struct Command {
    const Verb* verb = nullptr;
    Request request;
    GlobalOptions options;
};

/// A command to run; a text to print, with success; or what is wrong.
using Parsed = std::variant<Command, std::string, Complaint>;

[[nodiscard]] Parsed parse_command_line(int argc, char** argv);

}  // namespace md::mdctl
