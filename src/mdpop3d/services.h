// mdpop3d/services.h - what a session uses of its worker
//
// CONTRACT
//   Made once a worker, outlives its sessions. main.cc fills it from the daemon, the dialogue tests from parts of their
//   own.
#pragma once

#include <functional>
#include <memory>

#include "async/sync.h"
#include "auth/verifier.h"
#include "config/config.h"
#include "daemon/account_pools.h"
#include "daemon/session_book.h"
#include "log/logger.h"
#include "net/stream.h"
#include "store/store.h"

namespace md::mdpop3d {

struct Services {
    config::ConfigPointer config;
    auth::Verifier& verifier;
    store::Store& store;
    daemon::AccountPools& pools;  ///< for what blocks
    /// What STLS begins with; null: there is no usable certificate, and STLS is not offered.
    std::function<std::shared_ptr<const net::TlsServer>()> tls;
};

/// One accepted connection.
struct Connection {
    net::Stream& stream;
    const config::Listener& listener;
    log::Logger log;
    daemon::SessionEntry& entry;
};

}  // namespace md::mdpop3d
