// mdqueue/main.cc - the queue: see doc/ARCHITECTURE

#include "daemon/program.h"
#include "daemon/srs_secret.h"
#include "delivery/room.h"
#include "mdqueue/deliver_child.h"
#include "mdqueue/manager.h"
#include "mdqueue/relay_child.h"
#include "spool/queue_request.h"

namespace {

using md::daemon::InternalSocket;
using md::daemon::Replacement;
using md::daemon::Role;

constexpr InternalSocket kManagerSockets[] = {{md::spool::queue_request::kSocket, ""},
                                              {md::delivery::room::kSocket, "mdsmtpd"}};
constexpr InternalSocket kRelaySockets[] = {{"relay-#.sock", "mdqueue"}};
constexpr InternalSocket kDeliverSockets[] = {{"deliver-#.sock", "mdqueue"}};

constexpr Role kRoles[] = {
    {.name = "deliver",
     .user = "mdmail",
     .count = md::daemon::worker_count,
     .sockets = kDeliverSockets,
     .run = md::mdqueue::run_deliver},
    {.name = "relay",
     .user = "mdrelay",
     .count = md::daemon::worker_count,
     .sockets = kRelaySockets,
     .run = md::mdqueue::run_relay},
    {.name = "manager",
     .user = "mdqueue",
     .count = md::daemon::one,
     .replacement = Replacement::in_order,
     .sockets = kManagerSockets,
     .run = md::mdqueue::run_manager},
};

/// Workers of mdsmtpd send a datagram here when there is something to take over.
constexpr md::daemon::RunFolder kFolders[] = {{"intake-wake", "mdqueue", "mdsmtpd"}};

}  // namespace

int main(int argc, char** argv) {
    return md::daemon::run(
        {.name = "mdqueue", .roles = kRoles, .folders = kFolders, .prepare = md::daemon::prepare_srs_secret}, argc,
        argv);
}
