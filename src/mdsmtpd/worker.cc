// mdsmtpd/worker.cc - see worker.h

#include "mdsmtpd/worker.h"

#include "async/scope.h"
#include "auth/client.h"
#include "auth/protocol.h"
#include "daemon/door.h"
#include "daemon/sessions.h"
#include "daemon/trees.h"
#include "daemon/user_names.h"
#include "dns/unbound_resolver.h"
#include "ipc/wake.h"
#include "mdsmtpd/session.h"

namespace md::mdsmtpd {

using async::Scope;
using async::Task;

namespace opt = config::opt;

namespace {

spool::IntakeSettings intake_settings(const config::Config& config) {
    spool::IntakeSettings settings;
    settings.directory = config[opt::paths_intake];
    settings.segment_size_bytes = config[opt::intake_segment_size];
    settings.large_bytes = config[opt::intake_large];
    settings.max_pending_bytes = config[opt::intake_max_pending];
    return settings;
}

std::string too_many(const config::Listener&) {
    return "421 4.7.0 too many connections, try again later\r\n";
}

std::string banned(const config::Listener&) {
    return "554 5.7.1 connections from your address are refused here\r\n";
}

class Worker {
  public:
    explicit Worker(daemon::Child& child)
        : child_(child),
          door_(child),
          directory_(real_files(), daemon::account_places(child.config())),
          wakes_(child.run_path("intake-wake")),
          intake_(real_files(), child.pool(), intake_settings(child.config()), child.config()[opt::intake_gather],
                  real_clock(), [this] { wakes_.send("intake"); }),
          // No other child that lives now has this row, of whatever generation; the low ones are given first.
          ids_(child.connection_row() % QueueIdMaker::kSlots, real_clock()),
          relay_rates_(child.config(), child.connections(), child.connection_row()),
          user_names_(child.pool()) {}

    Task<void> run(Scope& scope) {
        auth::Client verifier(scope, child_.run_path(auth::socket_name("mdsmtpd")));
        daemon::GuardedVerifier guarded(verifier, door_);
        delivery::RoomClient room(scope, child_.run_path(delivery::room::kSocket));
        const bool refuses = child_.config()[opt::store_over_quota] == "refuse";
        const auto full = refuses ? delivery::FullMailbox::refuse : delivery::FullMailbox::defer;
        delivery::EnvelopePolicy policy(directory_, child_.pool(), child_.config()[opt::hostname], &room, full);
        std::string fault;
        policy.take_reports_by(delivery::load_srs(real_files(), child_.config(), fault));
        if (!fault.empty()) child_.log().event(Event::SrsUnusable, delivery::srs_secret_file(child_.config()), fault);
        const auto told = [this](const SystemError& failure) {
            child_.log().failure(Event::TrustAnchorsUnusable, child_.config()[opt::dns_trust_anchors], failure);
        };
        const auto resolver = dns::make_lenient_resolver(child_.config(), told);
        const auto own_filter = child_.run_path("filter.sock");
        Services services{child_.config_pointer(),
                          guarded,
                          policy,
                          intake_,
                          ids_,
                          real_clock(),
                          relay_rates_,
                          milter::endpoints(child_.config()[opt::filter_milters], own_filter),
                          [this] { return child_.tls("smtp"); },
                          resolver.get(),
                          &door_,
                          &filter_connections_};
        scope.spawn(intake_.run());
        scope.spawn(relay_rates_.run());
        scope.spawn(filter_connections_.run());
        door_.open(scope);
        const auto serve = [this, &services](daemon::Session& session) { return serve_one(services, session); };
        const daemon::SessionRules rules{"smtp", too_many, banned, &door_};
        co_await daemon::serve_sessions(child_, rules, serve);
        scope.cancel();
    }

  private:
    Task<void> serve_one(Services& services, daemon::Session& accepted) {
        Connection connection{*accepted.stream, accepted.listener, accepted.log, accepted.entry, accepted.recount};
        if (accepted.listener.for_local_users()) {
            connection.user = daemon::peer_user(accepted.stream->descriptor());
            if (connection.user) {
                auto name = co_await user_names_.of(connection.user->uid);
                if (name) connection.user->name = std::move(*name);
                connection.entry.user = connection.user->name;
            }
        }
        Session session(services, std::move(connection));
        co_await session.serve();
    }

    daemon::Child& child_;
    daemon::Door door_;
    accounts::FileDirectory directory_;
    ipc::WakeSender wakes_;
    spool::Intake intake_;
    QueueIdMaker ids_;
    RelayRates relay_rates_;
    milter::Connections filter_connections_;
    daemon::UserNames user_names_;
};

}  // namespace

Task<void> run_worker(daemon::Child& child) {
    Worker worker(child);
    auto body = [&worker](Scope& scope) { return worker.run(scope); };
    co_await async::scoped(body);
}

}  // namespace md::mdsmtpd
