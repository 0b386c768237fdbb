// mdqueue/courier.h - one message on its way to one destination
//
// PURPOSE
//   Finds the hosts that take the destination's mail, tries one after the other until each recipient has its answer,
//   and keeps the connection for the next message to the same destination (Connections).
// CONTRACT
//   On a relay child's loop. run() never throws but Cancelled: whatever fails is an end for each recipient. Who has
//   been answered by a host, for good or for now, is not tried at the next; who has not (no connection, a connection
//   that broke, 421) is, unless a host has taken the message for others, or takes no more over one connection: that is
//   told first, and they come again at once. No more than kMostHosts are asked in one try, none after half an hour, and
//   none once the child is to end, so that a try has an end.
// RFC
//   5321 §5.1 (order of hosts), §4.5.4.1
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/files.h"
#include "mdqueue/chosen_route.h"
#include "mdqueue/connections.h"
#include "mdqueue/courier_services.h"
#include "mdqueue/host_call.h"
#include "mdqueue/relay_protocol.h"
#include "relay/cargo.h"
#include "relay/client.h"
#include "relay/exchanges.h"

namespace md::mdqueue {

/// Keeps it for the next message to its destination, if it is of use.
[[nodiscard]] async::Task<void> put_away(CourierServices& services, std::unique_ptr<Connections::Kept> used);

class Courier {
  public:
    static constexpr std::size_t kMostHosts = 5;

    /// `job` and `message` outlive it.
    Courier(CourierServices& services, const RelayJob& job, const File& message);

    async::Task<RelayResult> run();
    /// Then: the connection that it used, to be put away; null: none. That may take time, and the result need not wait.
    [[nodiscard]] std::unique_ptr<Connections::Kept> take_used() noexcept { return std::move(used_); }

  private:
    async::Task<void> by_kept_connections();
    async::Task<void> go_round();
    async::Task<void> ask(Host host);
    void note_not_opened(relay::OpenFailure failure, const std::string& host);
    async::Task<void> give(relay::Client& client, const std::string& host, bool fresh);
    async::Task<std::vector<relay::Outcome>> send(relay::Client& client);
    async::Task<bool> convert_for(const std::vector<relay::Outcome>& outcomes);
    [[nodiscard]] relay::Cargo cargo_of_open() const;
    void note(const relay::Outcome& outcome, const std::string& host, bool tells);
    void note_for_open(const relay::Outcome& outcome, const std::string& host);
    void fail_all(const relay::RoutingFailure& failure);
    [[nodiscard]] RelayResult result();
    [[nodiscard]] bool all_have_ends() const;
    [[nodiscard]] bool is_to_be_told();

    CourierServices& services_;
    const RelayJob& job_;
    const File& message_;
    ChosenRoute chosen_;
    const config::Route* route_;
    std::string key_;  ///< of connections that can serve this job, too
    std::vector<std::optional<RelayEnd>> ends_;
    std::vector<RelayEnd> last_;  ///< for who has no end: what the last host was good for
    RelayResult::Learnt learnt_ = RelayResult::Learnt::nothing;
    std::string reason_;
    bool refused_by_all_ = true;
    bool others_first_ = false;         ///< who has no end yet is to come again
    std::unique_ptr<File> converted_;   ///< instead of the message, for a host without 8BITMIME
    std::string_view not_convertible_;  ///< why that cannot be
    std::unique_ptr<Connections::Kept> used_;
};

}  // namespace md::mdqueue
