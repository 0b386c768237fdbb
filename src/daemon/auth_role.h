// daemon/auth_role.h - the auth child as a role that mdsmtpd, mdimapd and mdpop3d have
//
// CONTRACT
//   One place, user mdauth. Serves auth-DAEMON.sock (auth/protocol.h) to the session workers; alone of its daemon reads
//   secrets.
#pragma once

#include "daemon/program.h"

namespace md::daemon {

async::Task<void> run_auth(Child& child);

/// The role; `sockets`: the one row {"auth-DAEMON.sock", group of the session workers}, kept by the program.
[[nodiscard]] constexpr Role auth_role(std::span<const InternalSocket> sockets) {
    return {.name = "auth", .user = "mdauth", .count = one, .sockets = sockets, .run = run_auth};
}

}  // namespace md::daemon
