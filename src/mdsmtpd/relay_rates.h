// mdsmtpd/relay_rates.h - how many messages each host of [[relay]] has sent lately, over all workers
//
// PURPOSE
//   A message is counted in the page of counters that the workers of the daemon share (daemon/connection_table.h), and
//   taken off it when the row's time is over: at any moment the count is that of the time just past.
// CONTRACT
//   take() at MAIL. run() must be under way, for it is what forgets. A host has at most its number of entries in
//   memory; what a worker has counted ends with that worker.
#pragma once

#include <map>
#include <string>

#include "async/sync.h"
#include "async/task.h"
#include "base/address.h"
#include "config/config.h"
#include "daemon/connection_table.h"

namespace md::mdsmtpd {

class RelayRates {
  public:
    RelayRates(const config::Config& config, daemon::ConnectionTable& table, unsigned row)
        : config_(config), table_(table), row_(row) {}

    /// One more of `host`, a client of `relay`, which is a row of the configuration. False: it has had its number.
    [[nodiscard]] bool take(const config::Relay& relay, const IpAddress& host);
    async::Task<void> run();

  private:
    void forget();

    const config::Config& config_;
    daemon::ConnectionTable& table_;
    unsigned row_;
    std::multimap<async::Deadline, std::string> counted_;  ///< by when each is to be forgotten
    async::Signal changed_;
};

}  // namespace md::mdsmtpd
