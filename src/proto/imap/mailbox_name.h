// proto/imap/mailbox_name.h - mailbox names between the wire (modified UTF-7) and the rest of the suite (UTF-8)
//
// CONTRACT
//   Names inside the suite are UTF-8, levels separated by kSeparator, the first level INBOX in capitals whatever its
//   case on the wire. decode and encode are each other's inverse on every name that either accepts. Strict: a name with
//   a second spelling would be a second mailbox. Linear.
// RFC
//   3501 §5.1 (INBOX), §5.1.3 (modified UTF-7); 3629 (UTF-8)
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace md::imap {

struct NameError {
    std::string_view text;  ///< fit for the client
};

/// Modified UTF-7 to UTF-8, no more: INBOX and levels are not looked at. Refuses octets from 0x80, control characters
/// in either form, "&" without its "-", base64 of what stands for itself, a superfluous shift, unpaired surrogates.
[[nodiscard]] Result<std::string, NameError> decode_utf7(std::string_view name);

/// UTF-8 to modified UTF-7. Refuses what is no UTF-8 and control characters.
[[nodiscard]] Result<std::string, NameError> encode_utf7(std::string_view name);

/// A mailbox argument: decoded, INBOX recognised.
[[nodiscard]] Result<std::string, NameError> decode_mailbox(std::string_view argument);

/// What the wire shows for a name that may come from a directory: octets that are no UTF-8 and controls become U+FFFD.
[[nodiscard]] std::string wire_name(std::string_view name);

}  // namespace md::imap
