// accounts/name.h - which account: a domain and a local part, and the names of their files
//
// PURPOSE
//   Turns an address into the one form under which accounts are kept, and that form into names that are safe in a file
//   system.
// CONTRACT
//   A Name is lower case (ASCII); its domain is a host name, U-labels as A-labels, its local part 1 to 64 octets
//   without controls. Pure.
// FORMAT
//   file_name(): "/", "%", controls and a "." that stands first are "%" and two upper-case hexadecimal digits; every
//   other octet is itself. So no name is "." or "..", begins with a dot (ours: ".removed"), or leads elsewhere. The
//   store names its folders alike.
// RFC
//   5321 §2.4 (we are the receiving host and take local parts without case), §4.5.3.1.1
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "mail/address.h"

namespace md::accounts {

struct Name {
    std::string domain;
    std::string local_part;  ///< unquoted

    /// The address, quoted where it must be.
    [[nodiscard]] std::string text() const;
    friend auto operator<=>(const Name&, const Name&) = default;
};

/// none: an address that no account can have (an address literal, a local part too long).
[[nodiscard]] std::optional<Name> make_name(const mail::Address& address);
/// The same from "user@example.org".
[[nodiscard]] std::optional<Name> parse_name(std::string_view text);
/// none: no name of a domain that mail can be for
[[nodiscard]] std::optional<std::string> make_domain(std::string_view text);

/// A local part as the name of a file or folder; it is unescaped lower case.
[[nodiscard]] std::string file_name(std::string_view local_part);
/// none: no name that file_name() makes
[[nodiscard]] std::optional<std::string> local_part_of(std::string_view file_name);

}  // namespace md::accounts
