// relay/exchanges.h - where mail for a domain goes
//
// PURPOSE
//   ExchangeFinder makes of a domain, of an address literal or of a host named by the administrator the hosts to which
//   its mail may be given, in the order in which they are tried, with their addresses; or says why there are none.
// CONTRACT
//   On the loop; asks the resolver, about one host after the other, and ends by the deadline. Hosts of one preference
//   come in random order. An MX record that leads to nothing is passed over, one that leads to an alias is followed.
//   A failure is permanent only if the DNS said so in an answer: what could not be asked is tried again.
//   We never give mail to ourselves: a host of our names or addresses, and all that are not preferred to it, are left
//   out. Of an MX and of a literal, loopback and unspecified addresses are ours, too, whatever is meant by them; of a
//   host that the administrator names by its name they are where mail is wanted. What he names at another port than
//   that of SMTP is never us: another server of this machine listens there. Addresses of a host alternate between the
//   families: where one family does not work from here, as happens with IPv6, that costs one time-out and not one for
//   each address.
// LIMITS
//   Of a domain at most kMostHosts hosts are asked about, and kMostAddresses addresses kept, so that one with a hundred
//   MX records holds nobody up.
// RFC
//   5321 §5.1, §5.2, §4.1.3 (literals); 7505 (null MX); 3463 §3 (status); 7672 §2.2 (what must be secure for DANE)
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "async/scope.h"
#include "base/result.h"
#include "dns/resolver.h"
#include "mail/status.h"
#include "net/address.h"

namespace md::relay {

inline constexpr std::size_t kMostHosts = 10;
inline constexpr std::size_t kMostAddresses = 20;
inline constexpr std::size_t kMostAddressesOfHost = 10;  ///< so that one host does not hide all others
inline constexpr std::uint16_t kSmtpPort = 25;

enum class Family : std::uint8_t { v6_first, v4_first, v6_only, v4_only };

/// How we may be known to others.
struct Ourselves {
    std::vector<std::string> names;
    std::vector<IpAddress> addresses;
};

struct Exchange {
    std::string name;                           ///< lower case; of a literal with its brackets
    std::string canonical_name;                 ///< where aliases led, or `name`
    std::uint16_t preference = 0;               ///< of the MX record
    std::vector<net::SocketAddress> addresses;  ///< at least one
    bool secure = false;                        ///< DNSSEC validated the addresses
};

struct Exchanges {
    std::vector<Exchange> hosts;  ///< at least one
    bool secure = false;          ///< DNSSEC validated the MX records, or that there are none
    bool implicit = false;        ///< there are no MX records: the domain is the host
};

struct RoutingFailure {
    bool permanent = false;
    mail::Status status;
    std::string text;  ///< for people; one line
};

class ExchangeFinder {
  public:
    using Found = Result<Exchanges, RoutingFailure>;
    /// A number from 0 to below its argument, which is not 0.
    using Random = std::function<std::size_t(std::size_t)>;

    /// `dns` outlives it; an empty `random` is the system's.
    ExchangeFinder(dns::Resolver& dns, Ourselves ourselves, Family family = Family::v6_first, Random random = {});

    /// The right side of a recipient's address: a domain, or an address literal.
    async::Task<Found> find(std::string domain, std::uint16_t port, async::Deadline deadline) const;
    /// A host that the administrator names, by name or literal: its own addresses, no MX.
    async::Task<Found> find_host(std::string host, std::uint16_t port, async::Deadline deadline) const;

  private:
    struct Search;
    struct Question {
        bool v6 = false;
        std::optional<dns::Looked<IpAddress>> answer;
    };
    using Questions = std::vector<Question>;

    async::Task<Found> through_mx(std::string domain, std::uint16_t port, async::Deadline deadline) const;
    async::Task<void> look_at_hosts(Search& search) const;
    async::Task<void> look_at(Search& search, dns::Mx mx) const;
    async::Task<void> ask_all(async::Scope& scope, const std::string& host, async::Deadline deadline,
                              Questions& questions) const;
    async::Task<void> ask(std::string host, async::Deadline deadline, Question& question) const;
    [[nodiscard]] Found literal(std::string_view domain, std::uint16_t port) const;
    [[nodiscard]] bool is_us(const Search& search, const Exchange& host, const std::vector<IpAddress>& all) const;
    [[nodiscard]] std::vector<dns::Mx> candidates(std::vector<dns::Mx> records) const;
    void add(Search& search, const dns::Mx& mx, const std::vector<dns::Looked<IpAddress>>& answers) const;
    [[nodiscard]] bool ours(std::string_view name) const;
    [[nodiscard]] bool ours(const IpAddress& address) const;
    [[nodiscard]] bool asks_for(bool v6) const noexcept;

    dns::Resolver& dns_;
    Ourselves ourselves_;
    Family family_;
    Random random_;
};

}  // namespace md::relay
