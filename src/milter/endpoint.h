// milter/endpoint.h - where a filter listens: "unix:/path", "inet:[ADDRESS]:PORT"
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "net/address.h"

namespace md::milter {

struct Endpoint {
    std::string path;  ///< of a Unix socket; else empty
    net::SocketAddress address;
    bool ours = false;  ///< mdfilterd's own socket: our extension is asked for

    /// Brackets may be left out around an IPv4 address; the address is numeric.
    [[nodiscard]] static std::optional<Endpoint> parse(std::string_view text);
    [[nodiscard]] static Endpoint own(std::string path);
    [[nodiscard]] std::string text() const;
};

}  // namespace md::milter
