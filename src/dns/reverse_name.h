// dns/reverse_name.h - the host name of a client, believed only where the name leads back to the address
//
// CONTRACT
//   Whoever holds an address space may write any name there: of the first kMostNames that PTR gives, the first whose
//   own addresses hold the client's is the answer. Empty: there is none, or none leads back. A failure: one could not
//   be asked about, and none of the others led back.
// RFC
//   1912 §2.1 (PTR and A match)
#pragma once

#include <string>

#include "dns/resolver.h"

namespace md::dns {

inline constexpr std::size_t kMostNames = 5;

async::Task<Result<std::string, LookupFailure>> confirmed_name(Resolver& resolver, IpAddress address,
                                                               async::Deadline deadline);

}  // namespace md::dns
