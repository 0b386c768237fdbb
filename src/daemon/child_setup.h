// daemon/child_setup.h - what a parent prepares for one child before the fork
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "config/config.h"
#include "daemon/child.h"
#include "daemon/parent_channel.h"
#include "daemon/program.h"
#include "daemon/users.h"
#include "log/sink.h"

namespace md::daemon {

struct ChildSetup {
    std::string daemon;
    const Role* role = nullptr;
    unsigned slot = 0;
    unsigned places = 1;
    config::ConfigPointer config;
    log::Sink* sink = nullptr;
    std::vector<ListeningSocket> listeners;
    std::vector<std::pair<std::string, int>> sockets;  ///< by declared name
    int channel_fd = -1;                               ///< the child's end
    int lock_fd = -1;  ///< the instance's lock, held until the last child of the daemon has ended
    std::optional<User> user;
    pid_t parent = 0;
    ConnectionTable* connections = nullptr;
    unsigned connection_row = 0;
    ParentChannel* channel = nullptr;  ///< made in the child, on its own loop
};

/// In the new process: becomes the child, lives, ends it. Nothing of the parent's loop is touched.
[[noreturn]] void live_as_child(ChildSetup& setup) noexcept;

}  // namespace md::daemon
