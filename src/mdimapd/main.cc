// mdimapd/main.cc - IMAP: see doc/ARCHITECTURE

#include "daemon/auth_role.h"
#include "mdimapd/worker.h"

namespace {

constexpr md::config::Protocol kProtocols[] = {md::config::Protocol::imap};

constexpr md::daemon::InternalSocket kAuthSockets[] = {{"auth-mdimapd.sock", "mdmail"}};

/// Every worker's wake-up socket (store/wake.h) is here; who writes to mailboxes is mdmail, too.
constexpr md::daemon::RunFolder kFolders[] = {{"wake", "mdmail", "mdmail"}};

}  // namespace

int main(int argc, char** argv) {
    const md::daemon::Role roles[] = {
        md::daemon::auth_role(kAuthSockets),
        {.name = "session",
         .user = "mdmail",
         .count = md::daemon::worker_count,
         .listens = true,
         .run = md::mdimapd::run_worker},
    };
    return md::daemon::run({.name = "mdimapd", .roles = roles, .protocols = kProtocols, .folders = kFolders}, argc,
                           argv);
}
