// mdimapd/services.h - what a session uses of its worker
//
// CONTRACT
//   Made once a worker, outlives its sessions. main.cc fills it from the daemon, the dialogue tests from parts of their
//   own.
#pragma once

#include <functional>
#include <memory>

#include "accounts/directory.h"
#include "async/sync.h"
#include "auth/verifier.h"
#include "base/clock.h"
#include "config/config.h"
#include "daemon/account_pools.h"
#include "daemon/session_book.h"
#include "log/logger.h"
#include "mdimapd/mailbox_signals.h"
#include "mdimapd/upkeep.h"
#include "net/stream.h"
#include "store/sort_tables.h"
#include "store/store.h"

namespace md::mdimapd {

struct Services {
    config::ConfigPointer config;
    auth::Verifier& verifier;
    const accounts::Directory& directory;  ///< for the quota of who appends
    store::Store& store;
    daemon::AccountPools& pools;  ///< for what blocks
    MailboxSignals& signals;
    Upkeep& upkeep;
    store::SortTables& sort_tables;
    const Clock& clock;
    /// What STARTTLS begins with; null: there is no usable certificate, and STARTTLS is not offered.
    std::function<std::shared_ptr<const net::TlsServer>()> tls;
};

/// One accepted connection.
struct Connection {
    net::Stream& stream;
    const config::Listener& listener;
    log::Logger log;
    daemon::SessionEntry& entry;
};

}  // namespace md::mdimapd
