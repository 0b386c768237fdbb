// mdqueue/next_hosts.h - the servers to which mail for a domain may be given, by its route or by the DNS
//
// CONTRACT
//   On a relay child's loop. In the order in which they are to be tried, all addresses of a host in a row, each as the
//   client wants it: TLS, login, source address. A route that leads nowhere is for the administrator to mend: never a
//   word on the recipient. Where a certificate is verified, it is against the host that the administrator
//   names: what the DNS says is a name, too, but anybody's who can forge an answer, so that such a route may not say
//   "verify" (config/config.cc).
// RFC
//   5321 §5.1; 9525 §6.1 (reference identifiers)
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "mdqueue/courier_services.h"
#include "relay/server.h"

namespace md::mdqueue {

class NextHosts {
  public:
    using Found = Result<std::vector<relay::Server>, relay::RoutingFailure>;

    /// `route` may be null: the DNS is asked. All outlive it.
    NextHosts(const CourierServices& services, const config::Route* route, const std::string& domain)
        : services_(services), route_(route), domain_(domain) {}

    async::Task<Found> find() const;

  private:
    async::Task<Found> complete(relay::Server pattern) const;
    async::Task<relay::ExchangeFinder::Found> exchanges() const;
    async::Task<std::optional<relay::Login>> login() const;
    [[nodiscard]] relay::Server pattern() const;
    [[nodiscard]] bool verifies() const;
    [[nodiscard]] std::optional<IpAddress> source_for(const IpAddress& address) const;

    const CourierServices& services_;
    const config::Route* route_;
    const std::string& domain_;
};

}  // namespace md::mdqueue
