// mdpop3d/main.cc - POP3: see doc/ARCHITECTURE

#include "daemon/auth_role.h"
#include "mdpop3d/worker.h"

namespace {

constexpr md::config::Protocol kProtocols[] = {md::config::Protocol::pop3};

constexpr md::daemon::InternalSocket kAuthSockets[] = {{"auth-mdpop3d.sock", "mdmail"}};

}  // namespace

int main(int argc, char** argv) {
    const md::daemon::Role roles[] = {
        md::daemon::auth_role(kAuthSockets),
        {.name = "session",
         .user = "mdmail",
         .count = md::daemon::worker_count,
         .listens = true,
         .run = md::mdpop3d::run_worker},
    };
    return md::daemon::run({.name = "mdpop3d", .roles = roles, .protocols = kProtocols}, argc, argv);
}
