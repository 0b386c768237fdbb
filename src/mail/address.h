// mail/address.h - one mailbox of an envelope
//
// PURPOSE
//   Reads and writes "local-part@domain" as SMTP means it; domains and address literals as EHLO uses them.
// CONTRACT
//   Pure; linear in the text; never throws but for memory. An Address holds the local part unquoted: "a b"@x and a\ b@x
//   are one address. text() writes the shortest quoting, and parses back to an equal Address. Case is kept; what
//   compares decides. A mailbox with octets from 0x80 is for those who say so (SMTPUTF8): well-formed UTF-8, and
//   whether its U-labels are any is for who looks the domain up.
// LIMITS
//   Domain 255 octets, label 63 (RFC 1035 §2.3.4), mailbox 254 (a path of 256 less its brackets, RFC 5321 §4.5.3.1.3).
//   The 64 octets of §4.5.3.1.1 are what every receiver must take, not what it may refuse: senders' VERP and SRS
//   addresses are longer.
// RFC
//   5321 §4.1.2, §4.1.3; 1123 §2.1; 6531 §3.3
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace md::mail {

inline constexpr std::size_t kDomainLimit = 255;
inline constexpr std::size_t kLabelLimit = 63;
inline constexpr std::size_t kMailboxLimit = 254;

struct Address {
    std::string local_part;  ///< without quotes and backslashes; empty only together with an empty domain
    std::string domain;      ///< as sent: a name, or an address literal with its brackets

    [[nodiscard]] bool has_literal() const noexcept { return !domain.empty() && domain.front() == '['; }
    /// "local@domain", the local part quoted where it must be; "local" alone if there is no domain (Postmaster).
    [[nodiscard]] std::string text() const;
    friend bool operator==(const Address&, const Address&) = default;
};

enum class AddressFault : std::uint8_t {
    empty,
    bad_local_part,
    no_domain,
    bad_domain,
    bad_literal,
    too_long,
    not_ascii,
    not_utf8
};

/// What is wrong, in words for the client.
[[nodiscard]] std::string_view describe(AddressFault fault) noexcept;

enum class Utf8 : std::uint8_t { refused, allowed };

/// A whole mailbox, without brackets, comments or display name.
[[nodiscard]] Result<Address, AddressFault> parse_mailbox(std::string_view text, Utf8 utf8 = Utf8::refused);

/// A name of letters, digits, hyphens and, as DNS and many hosts have it, underscores; no dot at the end.
[[nodiscard]] bool is_domain(std::string_view text, Utf8 utf8 = Utf8::refused) noexcept;

[[nodiscard]] bool is_ascii(std::string_view text) noexcept;

/// "[192.0.2.1]" or "[IPv6:2001:db8::1]"; other tags are not standardised, hence refused.
[[nodiscard]] bool is_address_literal(std::string_view text) noexcept;

/// An IP address as RFC 5321 §4.1.3 writes it: "[192.0.2.1]", "[IPv6:2001:db8::1]".
[[nodiscard]] std::string address_literal(std::string_view ip);

/// atext (RFC 5322 §3.2.3), ASCII alone.
[[nodiscard]] bool is_atext(char c) noexcept;

}  // namespace md::mail
