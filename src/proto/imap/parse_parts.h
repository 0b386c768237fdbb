// proto/imap/parse_parts.h - what the argument parsers share
//
// CONTRACT
//   As Cursor's readers: none or false with the reason in the cursor.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "proto/imap/command.h"
#include "proto/imap/cursor.h"

namespace md::imap {

/// More keywords than this in one command are refused: comparing them all is not free.
inline constexpr std::size_t kKeywordLimit = 128;

/// A mailbox argument as a name in UTF-8.
[[nodiscard]] std::optional<std::string> take_mailbox(Cursor& cursor);

/// "(" items of STATUS ")".
[[nodiscard]] std::optional<StatusItems> take_status_items(Cursor& cursor);

/// "(" flags ")", perhaps none.
bool take_flag_list(Cursor& cursor, FlagList& flags);
/// One flag.
bool take_flag(Cursor& cursor, FlagList& flags);

[[nodiscard]] std::optional<SequenceSet> take_set(Cursor& cursor);

/// mod-sequence-valzer (RFC 7162 §7): 63 bits, 0 included.
[[nodiscard]] std::optional<std::uint64_t> take_modseq(Cursor& cursor);

}  // namespace md::imap
