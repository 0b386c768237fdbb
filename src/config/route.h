// config/route.h - where a [[route]] sends mail
//
// PURPOSE
//   `to` of a route as a value: "smtp:[192.0.2.1]:2525", "smtp:[mail.example.org]", "smtp:example.org" (without
//   brackets its MX are asked for), "lmtp:[192.0.2.1]:24", "lmtp:unix:/path".
// CONTRACT
//   Pure. What it is not is none.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace md::config {

struct RouteTarget {
    static constexpr std::uint16_t kSmtpPort = 25;
    static constexpr std::uint16_t kLmtpPort = 24;

    bool lmtp = false;
    bool mail_exchangers = false;  ///< those of `host`; else it is connected to itself
    std::string host;              ///< a name or a numeric address; empty: `path`
    std::uint16_t port = 0;
    std::string path;  ///< of a Unix socket

    friend bool operator==(const RouteTarget&, const RouteTarget&) = default;
};

[[nodiscard]] std::optional<RouteTarget> parse_route_target(std::string_view text);

/// "*" is all, ".example.org" and "*.example.org" what is below it, "example.org" that name alone.
[[nodiscard]] bool is_route_domain(std::string_view text) noexcept;
/// Does a route for `pattern` serve `domain`? The more the answer, the closer it is; 0: it does not.
[[nodiscard]] std::size_t route_match(std::string_view pattern, std::string_view domain) noexcept;

}  // namespace md::config
