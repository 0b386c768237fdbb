// proto/smtp/xclient.h - the argument of XCLIENT: what a host in front of us says of its client
//
// CONTRACT
//   Pure. "NAME=value ADDR=value …", values in xtext. What is not given is unchanged; what is given as [UNAVAILABLE] or
//   [TEMPUNAVAIL] is unknown: the empty text, port 0, no address. PROTO, DESTADDR and DESTPORT are checked and dropped.
//   An unknown attribute, one given twice or without a value: 501.
// SEE
//   Postfix's XCLIENT_README
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/address.h"
#include "base/result.h"
#include "proto/smtp/reply.h"

namespace md::smtp {

/// What EHLO tells of it.
inline constexpr std::string_view kXclientAttributes = "NAME ADDR PORT PROTO HELO LOGIN DESTADDR DESTPORT";

struct Xclient {
    std::optional<std::string> name;
    std::optional<std::optional<IpAddress>> address;
    std::optional<std::uint16_t> port;
    std::optional<std::string> helo;
    std::optional<std::string> login;
};

[[nodiscard]] Result<Xclient, Reply> parse_xclient(std::string_view argument);

}  // namespace md::smtp
