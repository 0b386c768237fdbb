// milter/endpoint.cc - see endpoint.h

#include "milter/endpoint.h"

#include "base/strings.h"

namespace md::milter {

namespace {

constexpr std::string_view kUnix = "unix:";
constexpr std::string_view kInet = "inet:";

}  // namespace

std::optional<Endpoint> Endpoint::parse(std::string_view text) {
    Endpoint endpoint;
    if (text.starts_with(kUnix)) {
        endpoint.path = text.substr(kUnix.size());
        if (!endpoint.path.starts_with('/')) return std::nullopt;
        return endpoint;
    }
    if (!text.starts_with(kInet)) return std::nullopt;
    text.remove_prefix(kInet.size());
    const auto colon = text.rfind(':');
    if (colon == std::string_view::npos) return std::nullopt;
    const auto port = parse_number<std::uint16_t>(text.substr(colon + 1));
    auto host = text.substr(0, colon);
    const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
    if (bracketed) host = host.substr(1, host.size() - 2);
    const auto ip = IpAddress::parse(host);
    if (!port || *port == 0 || !ip || (ip->v6() && !bracketed)) return std::nullopt;
    endpoint.address = net::SocketAddress(*ip, *port);
    return endpoint;
}

Endpoint Endpoint::own(std::string path) {
    Endpoint endpoint;
    endpoint.path = std::move(path);
    endpoint.ours = true;
    return endpoint;
}

std::string Endpoint::text() const {
    if (!path.empty()) return std::string(kUnix) + path;
    return std::string(kInet) + "[" + address.ip().text() + "]:" + std::to_string(address.port());
}

}  // namespace md::milter
