// mdqueue/relays.h - the manager's way to other sites: when a destination may be tried, and which relay child does it
//
// CONTRACT
//   On the manager's loop. Every failure is an answer. A destination is always served by the same child, so that it can
//   use a connection again. A job that was given to a child that died is not given again at once: what was sent is not
//   known; of a message that ends children, again and again, it is said so (relay_children.h).
//   on_freed() is told where something may go again.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "async/scope.h"
#include "base/files.h"
#include "config/config.h"
#include "log/logger.h"
#include "mdqueue/destinations.h"
#include "mdqueue/hands.h"
#include "mdqueue/relay_children.h"
#include "mdqueue/relay_protocol.h"

namespace md::mdqueue {

[[nodiscard]] DestinationRules destination_rules(const config::Config& config);

class Relays {
  public:
    /// `sockets`: one for each relay child, not empty. The configuration outlives it.
    Relays(const log::Logger& log, async::Scope& scope, const config::Config& config,
           const std::vector<std::string>& sockets);

    /// What a recipient's domain is tried, limited and left in peace as: itself, or its route.
    [[nodiscard]] std::string destination_of(const std::string& domain) const;
    /// As in Hands.
    Hands::Turn take_turn(const std::string& destination);
    void give_back(const std::string& destination);
    async::Task<Relayed> relay(const spool::Envelope& envelope, const std::string& destination, const File& message,
                               std::uint64_t size, bool turn);
    void end_rests();
    void end_rest(const std::string& destination) { destinations_.wake(destination); }
    [[nodiscard]] std::vector<Destinations::View> destinations() const { return destinations_.all(); }
    /// 0: it does not rest
    [[nodiscard]] std::chrono::microseconds rest_of(const std::string& destination) const;

    void on_freed(std::function<void(const std::string& destination)> told) { told_ = std::move(told); }

  private:
    class Counted;

    async::Task<RelayResult> send(const spool::Envelope& envelope, const std::string& destination, const File& message,
                                  std::uint64_t size, bool& kills);
    void end(const std::string& destination, const RelayResult& result);
    void tell_freed();

    log::Logger log_;
    const config::Config& config_;
    RelayChildren children_;
    Destinations destinations_;
    std::function<void(const std::string&)> told_;
};

}  // namespace md::mdqueue
