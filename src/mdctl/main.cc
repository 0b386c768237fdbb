// mdctl/main.cc - every act of an administrator, from a shell, a script or cron
//
// PURPOSE
//   Holds the command line against the table of commands (command.h), runs the verb, and turns its outcome into an exit
//   code.
// CONTRACT
//   Errors are one line on standard error: what, why, what to do. Exit codes: command.h.

#include <cerrno>
#include <iostream>

#include "base/error.h"
#include "mdctl/context.h"

namespace {

using namespace md;
using namespace md::mdctl;

int complain(const Complaint& complaint) {
    std::cerr << "mdctl: " << complaint.text << "\n";
    return static_cast<int>(complaint.code);
}

Outcome run(const Command& command) {
    try {
        Context context(command.options);
        return command.verb->run(context, command.request);
    } catch (const SystemError& error) {
        const bool not_allowed = error.code() == EACCES || error.code() == EPERM;
        return fail(Complaint{not_allowed ? Exit::not_allowed : Exit::again, error.what()});
    }
}

}  // namespace

int main(int argc, char** argv) {
    const auto parsed = parse_command_line(argc, argv);
    if (const auto* text = std::get_if<std::string>(&parsed)) {
        std::cout << *text;
        return 0;
    }
    if (const auto* complaint = std::get_if<Complaint>(&parsed)) return complain(*complaint);
    const auto outcome = run(std::get<Command>(parsed));
    return outcome ? 0 : complain(outcome.error());
}
