// proto/proxy_header.h - how a load balancer names the client whose connection it passes on
//
// PURPOSE
//   read_proxy_header() looks at what a connection begins with: version 1 (a line "PROXY TCP4 …") or 2 (binary).
// CONTRACT
//   Pure. Consumes nothing: says how many octets the header has, behind which the client's own begin. No address: the
//   balancer speaks for itself (LOCAL, UNKNOWN, a Unix socket). Never needs more than kProxyHeaderLimit octets.
// RFC
//   none: "The PROXY protocol" of HAProxy, revision 2020/03/05, §2.1 and §2.2
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/address.h"
#include "base/result.h"

namespace md::proto {

inline constexpr std::size_t kProxyHeaderLimit = 2048;

struct ProxyHeader {
    std::size_t size = 0;
    std::optional<IpAddress> client;
    std::uint16_t client_port = 0;
};

enum class ProxyFault : std::uint8_t { need_more, malformed };

[[nodiscard]] Result<ProxyHeader, ProxyFault> read_proxy_header(std::string_view octets) noexcept;

}  // namespace md::proto
