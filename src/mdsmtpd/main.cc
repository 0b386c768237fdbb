// mdsmtpd/main.cc - receipt of mail: see doc/ARCHITECTURE

#include "daemon/auth_role.h"
#include "daemon/srs_secret.h"
#include "mdsmtpd/worker.h"

namespace {

constexpr md::config::Protocol kProtocols[] = {md::config::Protocol::smtp, md::config::Protocol::submission,
                                               md::config::Protocol::lmtp};

constexpr md::daemon::InternalSocket kAuthSockets[] = {{"auth-mdsmtpd.sock", "mdsmtpd"}};

}  // namespace

int main(int argc, char** argv) {
    const md::daemon::Role roles[] = {
        md::daemon::auth_role(kAuthSockets),
        {.name = "session",
         .user = "mdsmtpd",
         .count = md::daemon::worker_count,
         .listens = true,
         .run = md::mdsmtpd::run_worker},
    };
    return md::daemon::run(
        {.name = "mdsmtpd", .roles = roles, .protocols = kProtocols, .prepare = md::daemon::prepare_srs_secret}, argc,
        argv);
}
