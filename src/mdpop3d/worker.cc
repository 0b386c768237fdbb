// mdpop3d/worker.cc - see worker.h

#include "mdpop3d/worker.h"

#include "async/scope.h"
#include "auth/client.h"
#include "auth/protocol.h"
#include "daemon/door.h"
#include "daemon/sessions.h"
#include "daemon/trees.h"
#include "mdpop3d/session.h"
#include "store/wake.h"

namespace md::mdpop3d {

using async::Scope;
using async::Task;

namespace {

constexpr std::string_view kProtocol = "pop3";

std::string too_many(const config::Listener&) {
    return "-ERR [SYS/TEMP] too many connections, try again later\r\n";
}

std::string banned(const config::Listener&) {
    return "-ERR [SYS/PERM] connections from your address are refused here\r\n";
}

class Worker {
  public:
    explicit Worker(daemon::Child& child)
        : child_(child),
          door_(child),
          wakes_(child.run_path("wake")),
          store_(daemon::store_options(
              child.config(), [this](const std::string& mailbox) { wakes_.send(mailbox); },
              daemon::log_repairs(child.log()))),
          pools_(child.pool()) {}

    Task<void> run(Scope& scope) {
        auth::Client verifier(scope, child_.run_path(auth::socket_name(child_.daemon())));
        daemon::GuardedVerifier guarded(verifier, door_);
        Services services{child_.config_pointer(), guarded, store_, pools_, [this] { return child_.tls(kProtocol); }};
        door_.open(scope);
        const auto serve = [&services](daemon::Session& session) { return serve_one(services, session); };
        const daemon::SessionRules rules{kProtocol, too_many, banned, &door_};
        co_await daemon::serve_sessions(child_, rules, serve);
        scope.cancel();
    }

    Task<void> close() {
        auto work = [this] { store_.close(); };
        co_await async::offload(child_.pool(), work);
    }

  private:
    static Task<void> serve_one(Services& services, daemon::Session& accepted) {
        Session session(services, Connection{*accepted.stream, accepted.listener, accepted.log, accepted.entry});
        co_await session.serve();
    }

    daemon::Child& child_;
    daemon::Door door_;
    store::WakeSender wakes_;
    store::Store store_;
    daemon::AccountPools pools_;
};

}  // namespace

Task<void> run_worker(daemon::Child& child) {
    Worker worker(child);
    auto body = [&worker](Scope& scope) { return worker.run(scope); };
    co_await async::scoped(body);
    co_await worker.close();
}

}  // namespace md::mdpop3d
