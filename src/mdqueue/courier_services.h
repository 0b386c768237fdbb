// mdqueue/courier_services.h - what all couriers of a relay child share
#pragma once

#include <functional>

#include "async/worker_pool.h"
#include "config/config.h"
#include "dns/resolver.h"
#include "log/logger.h"
#include "mdqueue/connections.h"
#include "mdqueue/host_memory.h"
#include "mdqueue/verifying_tls.h"
#include "relay/connector.h"
#include "relay/exchanges.h"

namespace md::mdqueue {

struct CourierServices {
    async::WorkerPool& pool;
    const config::Config& config;
    dns::Resolver& resolver;
    relay::Connector& connector;
    Connections& connections;
    HostMemory& memory;
    VerifyingTls& verifying;
    log::Logger log;
    relay::Ourselves ourselves;
    std::function<bool()> ending;  ///< this process is to end: nothing long is begun
};

}  // namespace md::mdqueue
