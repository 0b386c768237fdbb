// daemon/program.h - a daemon as a declaration
//
// PURPOSE
//   main.cc of each daemon declares its roles and hands them to run(), which does all that daemons have in common:
//   arguments, configuration, listeners, users, children, supervision, reload, drain, control socket.
//
//       constexpr daemon::Role kRoles[] = {auth::kRole, {.name = "session", .user = "mdsmtpd", .count = ..., ...}};
//       int main(int argc, char** argv) { return daemon::run({.name = "mdsmtpd", .roles = kRoles, ...}, argc, argv); }
//
// CONTRACT
//   The parent is single-threaded, root on an installed system, and reads nothing that came from the network. It forks
//   its children without exec. Each child has its own Loop, user, log writer and channel to the parent, and ends when
//   the parent does. A child that crashes is started again: at once, then after 0.1 s doubling to 10 s, forgotten after
//   30 s of life, for each place (role and slot). See doc/ARCHITECTURE, and control.md for the control socket.
// DIAGNOSTICS
//   Events of log/events/daemon.def. Exit: 0 ended in order; 64 wrong use; 71 the system refused (a listener, a
//   folder); 75 another parent of this instance runs; 78 configuration, with all faults on standard error.
#pragma once

#include <sys/types.h>

#include <span>
#include <string_view>

#include "async/task.h"
#include "config/config.h"

namespace md::daemon {

class Child;

/// What a reload does with the children of a role.
enum class Replacement : std::uint8_t {
    beside,    ///< the new generation starts, then the old drains: session, deliver, judge
    in_order,  ///< the old syncs, closes and ends, then the new opens: manager, state
};

/// A listening Unix stream socket in paths.run that the parent opens for a role.
struct InternalSocket {
    std::string_view name;   ///< "auth-mdsmtpd.sock"; with '#' for the slot: "deliver-#.sock" is one for each place
    std::string_view group;  ///< on an installed system: may connect (mode 0660); empty: the role's own
};

struct Role {
    std::string_view name;  ///< "session"; as log lines and status show it
    std::string_view user;  ///< on an installed system; a private instance runs all as its caller
    unsigned (*count)(const config::Config& config);
    Replacement replacement = Replacement::beside;
    bool listens = false;  ///< gets the listeners of [[listener]] and the TLS identity
    std::span<const InternalSocket> sockets = {};
    /// The whole life of a child; returns when it has drained. See child.h.
    async::Task<void> (*run)(Child& child);
};

/// A folder in paths.run that children make sockets of their own in: "wake".
struct RunFolder {
    std::string_view name;
    std::string_view user;  ///< owner and group on an installed system
    std::string_view group;
    mode_t mode = 0750;  ///< 02770: what is made in it belongs to the group
};

struct Program {
    std::string_view name;  ///< "mdsmtpd"
    /// In the order in which they start; a stop ends them in the reverse order, each when the one after it is gone.
    std::span<const Role> roles;
    std::span<const config::Protocol> protocols = {};  ///< the [[listener]] rows that are this daemon's
    std::span<const RunFolder> folders = {};
    /// What the parent makes, as root on an installed system, before the children of a configuration begin.
    /// SystemError: the daemon does not start with it, or goes on with the one before.
    void (*prepare)(const config::Config& config, bool private_instance) = nullptr;
};

/// One place.
[[nodiscard]] unsigned one(const config::Config& config);
/// Option `workers`: one a core, at most 4, unless it says otherwise.
[[nodiscard]] unsigned worker_count(const config::Config& config);

/// The whole life of a daemon; its exit code.
[[nodiscard]] int run(const Program& program, int argc, char** argv);

}  // namespace md::daemon
