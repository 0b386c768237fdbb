// mdqueue/chosen_route.h - by which route a relay job goes: the one that an administrator gave its message, or that of
// its domain
//
// CONTRACT
//   Pure. An administrator's is `to` of a [[route]], or names a [[route]] by its `domain`, with its TLS and its login.
//   The job and the configuration outlive it.
#pragma once

#include <optional>
#include <string>

#include "config/config.h"
#include "mdqueue/relay_protocol.h"

namespace md::mdqueue {

class ChosenRoute {
  public:
    ChosenRoute(const config::Config& config, const RelayJob& job);
    ChosenRoute(const ChosenRoute&) = delete;
    ChosenRoute& operator=(const ChosenRoute&) = delete;

    /// null: none, the mail exchangers of the domain are asked for
    [[nodiscard]] const config::Route* route() const noexcept { return route_; }
    /// The message is to go by a route that the configuration has no more.
    [[nodiscard]] bool lost() const noexcept { return lost_; }

  private:
    std::optional<config::Route> own_;
    const config::Route* route_ = nullptr;
    bool lost_ = false;
};

}  // namespace md::mdqueue
