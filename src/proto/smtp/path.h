// proto/smtp/path.h - the path grammar alone
//
// CONTRACT
//   take_path() reads "<...>" from the front of the text and leaves what follows. Used by parameters.h; pure, linear.
// RFC
//   5321 §4.1.2 (Reverse-path, Forward-path, Path, A-d-l), §4.5.3.1.3; 6531 §3.3
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "base/result.h"
#include "mail/address.h"

namespace md::smtp {

inline constexpr std::size_t kPathLimit = 256;

struct Path {
    std::optional<mail::Address> mailbox;  ///< none: "<>"; a domain-less one only for Postmaster, or where asked for
};

struct PathFault {
    mail::AddressFault address = mail::AddressFault::empty;
    bool brackets = false;  ///< the brackets themselves are missing or unbalanced
};

/// `bare`: a local part alone is a mailbox, too.
[[nodiscard]] Result<Path, PathFault> take_path(std::string_view& text, mail::Utf8 utf8, bool bare = false);

}  // namespace md::smtp
