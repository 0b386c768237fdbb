// dns/name.h - a domain name in the form in which it is asked for
//
// PURPOSE
//   Brings a name as people, mail and configuration write it into the form of the DNS: A-labels, lower case, no dot at
//   the end. What could not be a name is refused before anything is sent.
// CONTRACT
//   Pure. Labels may hold any visible ASCII octet but a backslash, for names such as _25._tcp.mail.example.org or those
//   that an SPF macro makes; what a host's name may look like is for the caller to say. U-labels become A-labels by
//   IDNA 2008 with the mapping of UTS 46.
// RFC
//   1035 §2.3.4 and §3.5 (lengths, in-addr.arpa), 3596 §2.5 (ip6.arpa), 5891 (IDNA), 8552 (underscored names)
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/address.h"

namespace md::dns {

inline constexpr std::size_t kLongestName = 253;
inline constexpr std::size_t kLongestLabel = 63;

/// "Bücher.Example." is "xn--bcher-kva.example"; none: no name of the DNS. The root has none either: nobody asks for
/// it.
[[nodiscard]] std::optional<std::string> to_query_name(std::string_view text);

/// Where the PTR records of an address stand: "1.2.0.192.in-addr.arpa".
[[nodiscard]] std::string reverse_name(const IpAddress& address);

}  // namespace md::dns
