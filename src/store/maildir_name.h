// store/maildir_name.h - what a file name in new/ or cur/ says
//
// FORMAT
//   <key>[,S=<octets as stored>][,W=<octets with CRLF>][,other]:2,<letters>     (doc/formats/maildir.md)
//   The key is the message's identity: what stands before the first ',' or ':'. The base is everything before ':'.
// CONTRACT
//   Pure; no input is refused, what a name does not say is not there.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/ids.h"
#include "store/types.h"

namespace md::store {

struct MaildirName {
    std::string_view key;
    std::string_view base;
    std::string_view letters;  ///< empty also without ":2,"
    std::optional<std::uint64_t> size_lf;
    std::optional<std::uint64_t> size_crlf;
};

/// Whether W can be true if S is: each octet may be a line end that becomes two.
[[nodiscard]] bool may_be_size_crlf(const MaildirName& name) noexcept;

/// None: not a message (starts with '.', or has no key).
[[nodiscard]] std::optional<MaildirName> parse_maildir_name(std::string_view file);

/// The base of what we deliver: the key with its sizes.
[[nodiscard]] std::string with_sizes(std::string_view key, std::uint64_t size_lf, std::uint64_t size_crlf);

/// The key that a message has for a recipient, always the same.
[[nodiscard]] std::string delivery_key(QueueId id, std::string_view recipient);
/// The key under which an expunged message comes back, always the same: of the mailbox and UID that it had.
[[nodiscard]] std::string return_key(std::string_view mailbox_id, Uid uid);
/// A key that no other file has.
[[nodiscard]] std::string fresh_key(std::int64_t now_seconds);

/// The keyword (RFC 5788) that file names show as the letter P.
inline constexpr std::string_view kForwarded = "$Forwarded";

/// D F R S T as flags; P (passed) is kForwarded and not here.
[[nodiscard]] Flags flags_of_letters(std::string_view letters) noexcept;
[[nodiscard]] bool forwarded_in_letters(std::string_view letters) noexcept;
/// In ASCII order, as the format wants it; the letters of `before` that are none of ours (others' keywords) are kept.
[[nodiscard]] std::string letters_of(Flags flags, bool forwarded, std::string_view before);
/// Of a message whose file has no name yet.
[[nodiscard]] std::string letters_of(const Message& message);

}  // namespace md::store
