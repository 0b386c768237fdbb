// mdfilterd/main.cc - the judge of messages and the keeper of the policy state: see doc/ARCHITECTURE

#include "checks/scan_request.h"
#include "daemon/program.h"
#include "mdfilterd/judge.h"
#include "mdfilterd/state_child.h"
#include "policy/request.h"

namespace {

using md::daemon::InternalSocket;
using md::daemon::Replacement;
using md::daemon::Role;

/// All daemons that speak to clients are in group mdread.
constexpr InternalSocket kStateSockets[] = {{md::policy::request::kSocket, "mdfilterd"},
                                            {md::policy::request::kPolicySocket, "mdread"}};
/// mdqueue is in group mdsmtpd too.
constexpr InternalSocket kJudgeSockets[] = {{md::mdfilterd::kFilterSocket, "mdsmtpd"},
                                            {md::checks::kScanSocket, "mdfilterd"}};

constexpr md::config::Protocol kProtocols[] = {md::config::Protocol::milter};

constexpr Role kRoles[] = {
    {.name = "state",
     .user = "mdfilterd",
     .count = md::daemon::one,
     .replacement = Replacement::in_order,
     .sockets = kStateSockets,
     .run = md::mdfilterd::run_state},
    {.name = "judge",
     .user = "mdfilterd",
     .count = md::daemon::worker_count,
     .listens = true,
     .sockets = kJudgeSockets,
     .run = md::mdfilterd::run_judge},
};

}  // namespace

int main(int argc, char** argv) {
    return md::daemon::run({.name = "mdfilterd", .roles = kRoles, .protocols = kProtocols}, argc, argv);
}
