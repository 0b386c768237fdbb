// net/own_addresses.h - the addresses of this machine
#pragma once

#include <vector>

#include "base/address.h"

namespace md::net {

/// Of all interfaces that are up, as they are now; none where the system does not tell.
[[nodiscard]] std::vector<IpAddress> own_addresses();

}  // namespace md::net
