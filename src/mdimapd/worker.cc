// mdimapd/worker.cc - see worker.h

#include "mdimapd/worker.h"

#include "async/scope.h"
#include "auth/client.h"
#include "auth/protocol.h"
#include "daemon/door.h"
#include "daemon/sessions.h"
#include "daemon/trees.h"
#include "mdimapd/session.h"

namespace md::mdimapd {

using async::Scope;
using async::Task;

namespace {

constexpr std::string_view kProtocol = "imap";

std::string too_many(const config::Listener&) {
    return "* BYE [ALERT] too many connections, try again later\r\n";
}

std::string banned(const config::Listener&) {
    return "* BYE [ALERT] connections from your address are refused here\r\n";
}

class Worker {
  public:
    explicit Worker(daemon::Child& child)
        : child_(child),
          door_(child),
          directory_(real_files(), daemon::account_places(child.config())),
          wakes_(child.run_path("wake")),
          socket_(child.run_path("wake")),
          store_(daemon::store_options(
              child.config(), [this](const std::string& mailbox) { wakes_.send(mailbox); },
              daemon::log_repairs(child.log()))),
          signals_(socket_, child_.log()),
          pools_(child.pool()),
          upkeep_(child.pool(), child.log()) {}
    ~Worker() { child_.session_book().on_ending({}); }
    Worker(const Worker&) = delete;
    Worker& operator=(const Worker&) = delete;

    Task<void> run(Scope& scope) {
        auth::Client verifier(scope, child_.run_path(auth::socket_name(child_.daemon())));
        daemon::GuardedVerifier guarded(verifier, door_);
        Services services{child_.config_pointer(),
                          guarded,
                          directory_,
                          store_,
                          pools_,
                          signals_,
                          upkeep_,
                          sort_tables_,
                          real_clock(),
                          [this] { return child_.tls(kProtocol); }};
        child_.session_book().on_ending([this] { signals_.signal_all(); });
        scope.spawn(signals_.run(child_.stopping()));
        scope.spawn(signals_.run_outside());
        scope.spawn(upkeep_.run());
        door_.open(scope);
        const auto serve = [&services](daemon::Session& session) { return serve_one(services, session); };
        const daemon::SessionRules rules{kProtocol, too_many, banned, &door_};
        co_await daemon::serve_sessions(child_, rules, serve);
        scope.cancel();
    }

    Task<void> close() {
        co_await upkeep_.finish();
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
    accounts::FileDirectory directory_;
    store::WakeSender wakes_;
    store::WakeSocket socket_;
    store::Store store_;
    MailboxSignals signals_;
    daemon::AccountPools pools_;
    Upkeep upkeep_;
    store::SortTables sort_tables_;
};

}  // namespace

Task<void> run_worker(daemon::Child& child) {
    Worker worker(child);
    auto body = [&worker](Scope& scope) { return worker.run(scope); };
    co_await async::scoped(body);
    co_await worker.close();
}

}  // namespace md::mdimapd
