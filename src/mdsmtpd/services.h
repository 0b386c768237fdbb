// mdsmtpd/services.h - what a session uses of its worker
//
// CONTRACT
//   Made once a worker, outlives its sessions. main.cc fills it from the daemon, the dialogue tests from parts of their
//   own.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "async/sync.h"
#include "auth/verifier.h"
#include "base/clock.h"
#include "base/ids.h"
#include "config/config.h"
#include "daemon/door.h"
#include "daemon/session_book.h"
#include "daemon/users.h"
#include "delivery/envelope_policy.h"
#include "dns/resolver.h"
#include "log/logger.h"
#include "mdsmtpd/relay_rates.h"
#include "milter/client.h"
#include "net/stream.h"
#include "spool/intake.h"

namespace md::mdsmtpd {

struct Services {
    config::ConfigPointer config;
    auth::Verifier& verifier;
    delivery::EnvelopePolicy& policy;
    spool::Intake& intake;
    QueueIdMaker& ids;
    const Clock& clock;
    RelayRates& relay_rates;
    std::vector<milter::Endpoint> filters;
    /// What STARTTLS begins with; null: there is no usable certificate, and STARTTLS is not offered.
    std::function<std::shared_ptr<const net::TlsServer>()> tls;
    dns::Resolver* resolver = nullptr;                  ///< null: clients have no names
    daemon::Door* door = nullptr;                       ///< null: nothing is counted, no sender is banned
    milter::Connections* filter_connections = nullptr;  ///< null: each session opens its own
};

/// One accepted connection.
struct Connection {
    net::Stream& stream;
    const config::Listener& listener;
    log::Logger log;
    daemon::SessionEntry& entry;
    /// The client is another than was counted; false: that one has as many connections as it may. May be empty.
    std::function<bool(const IpAddress& client)> recount;
    std::optional<daemon::LocalUser> user = {};  ///< of a listener for local users
};

}  // namespace md::mdsmtpd
