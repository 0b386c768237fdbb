// store/folder_name.h - folder names of IMAP, and the directories that hold them
//
// FORMAT
//   Maildir++: "a/b" lies in ".a.b", each level in modified UTF-7 (RFC 3501 §5.1.3); a '.' of the name is written
//   "&AC4-", which every decoder of modified UTF-7 reads as a dot. INBOX is the Maildir itself. A directory longer than
//   255 octets is ".=" and the MAILBOXID instead.
// CONTRACT
//   Pure. Names are UTF-8 with '/' between levels.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace md::store {

inline constexpr std::size_t kFolderNameLimit = 1000;
inline constexpr std::size_t kFolderLevels = 32;

/// INBOX in capitals, its children too; none: not a name that a folder may have.
[[nodiscard]] std::optional<std::string> canonical_folder(std::string_view name);

/// The directory below Maildir for a canonical name; empty: INBOX. May be longer than a directory can be.
[[nodiscard]] std::string folder_directory(std::string_view name);
/// Back; none: not a folder's directory. What is no modified UTF-7 is kept as it is if it is UTF-8.
[[nodiscard]] std::optional<std::string> folder_of_directory(std::string_view directory);

/// The directory of a folder whose own would be too long.
[[nodiscard]] std::string long_folder_directory(std::string_view mailbox_id);

/// A local part as one path element: what could lead elsewhere ('/', '%', controls, a leading '.') as %XX; lower case
/// is the caller's.
[[nodiscard]] std::string escape_local_part(std::string_view local_part);

}  // namespace md::store
