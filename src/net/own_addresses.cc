// net/own_addresses.cc - see own_addresses.h

#include "net/own_addresses.h"

#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>

#include <cstring>

#include "net/address.h"

namespace md::net {

std::vector<IpAddress> own_addresses() {
    std::vector<IpAddress> out;
    ifaddrs* all = nullptr;
    if (::getifaddrs(&all) != 0) return out;
    for (const auto* one = all; one != nullptr; one = one->ifa_next) {
        if (one->ifa_addr == nullptr || (one->ifa_flags & IFF_UP) == 0) continue;
        const auto family = one->ifa_addr->sa_family;
        if (family != AF_INET && family != AF_INET6) continue;
        sockaddr_storage raw{};
        std::memcpy(&raw, one->ifa_addr, family == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6));
        out.push_back(SocketAddress::from_system(raw).ip());
    }
    ::freeifaddrs(all);
    return out;
}

}  // namespace md::net
