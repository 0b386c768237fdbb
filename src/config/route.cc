// config/route.cc - see route.h

#include "config/route.h"

#include "base/strings.h"
#include "config/syntax.h"

namespace md::config {

namespace {

constexpr std::string_view kSmtp = "smtp:";
constexpr std::string_view kLmtp = "lmtp:";
constexpr std::string_view kUnix = "unix:/";
constexpr std::size_t kPathLimit = 107;  ///< sun_path of unix(7)

/// What stands behind the host: nothing, or ":PORT".
bool take_port(std::string_view text, std::uint16_t& port) {
    if (text.empty()) return true;
    const auto number = text.front() == ':' ? parse_number<std::uint16_t>(text.substr(1)) : std::nullopt;
    if (!number || *number == 0) return false;
    port = *number;
    return true;
}

bool take_host(std::string_view text, RouteTarget& to) {
    if (text.starts_with('[')) {
        const auto end = text.find(']');
        if (end == std::string_view::npos) return false;
        to.host = text.substr(1, end - 1);
        return (is_address(to.host) || is_host_name(to.host)) && take_port(text.substr(end + 1), to.port);
    }
    const auto colon = text.find(':');
    to.host = text.substr(0, colon);
    to.mail_exchangers = true;
    return !is_address(to.host) && is_host_name(to.host) &&
           take_port(colon == std::string_view::npos ? std::string_view() : text.substr(colon), to.port);
}

}  // namespace

std::optional<RouteTarget> parse_route_target(std::string_view text) {
    RouteTarget to;
    to.lmtp = text.starts_with(kLmtp);
    if (!to.lmtp && !text.starts_with(kSmtp)) return std::nullopt;
    to.port = to.lmtp ? RouteTarget::kLmtpPort : RouteTarget::kSmtpPort;
    text.remove_prefix(kSmtp.size());
    if (to.lmtp && text.starts_with(kUnix)) {
        to.path = text.substr(kUnix.size() - 1);
        to.port = 0;
        if (to.path.size() < 2 || to.path.size() >= kPathLimit) return std::nullopt;
        return to;
    }
    if (!take_host(text, to)) return std::nullopt;
    // Who delivers for a domain by LMTP is told, and not looked up (RFC 2033 §3: no port of its own, no MX).
    if (to.lmtp && to.mail_exchangers) return std::nullopt;
    return to;
}

bool is_route_domain(std::string_view text) noexcept {
    if (text == "*") return true;
    if (text.starts_with('*')) text.remove_prefix(1);
    if (text.starts_with('.')) text.remove_prefix(1);
    return is_host_name(text);
}

std::size_t route_match(std::string_view pattern, std::string_view domain) noexcept {
    if (pattern == "*") return 1;
    if (pattern.starts_with('*')) pattern.remove_prefix(1);
    if (!pattern.starts_with('.')) return equal_nocase(pattern, domain) ? domain.size() + 2 : 0;
    if (domain.size() <= pattern.size()) return 0;
    return equal_nocase(domain.substr(domain.size() - pattern.size()), pattern) ? pattern.size() + 1 : 0;
}

}  // namespace md::config
