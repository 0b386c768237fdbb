// store/undelete.h - where expunged messages are kept for a while
//
// PURPOSE
//   <account>/undelete/<day>/<MAILBOXID>/<UID> is the message's file, and `index` beside it says what it was: folder,
//   flags, keywords, dates.
// CONTRACT
//   For the holder of the mailbox's lock. Nothing is synced here: what a power cut undoes leaves the file in cur/, and
//   the next scan brings it here again. Account::tidy ends it.
// FORMAT
//   doc/formats/maildir.md
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/files.h"
#include "store/mailbox_record.h"

namespace md::store {

inline constexpr std::string_view kUndeleteMagic{"MDUNDL\x01\x00", 8};  ///< version 1

/// A folder that was removed as a whole lies under this name beside the index; its messages under their own names.
inline constexpr std::string_view kBuriedFolder = "folder";

inline constexpr std::uint64_t kUndeleteIndexLimit = 256U << 20;

struct Buried {
    std::string folder;
    std::int64_t expunged = 0;
    Entry entry;
};

/// The place for the messages of one day and mailbox.
void make_undelete(Files& files, const std::string& directory);
/// Adds to the index in `directory`.
void note_buried(Files& files, const std::string& directory, std::span<const Buried> messages);
/// The index and the directories above it, durable.
void sync_buried(Files& files, const std::string& directory);
/// What the index in `directory` says; what is damaged is left out.
[[nodiscard]] std::vector<Buried> read_buried(Files& files, const std::string& directory);
/// The same of its content. `damaged`: whether octets were passed over.
[[nodiscard]] std::vector<Buried> parse_buried(std::string_view content, bool* damaged = nullptr);
[[nodiscard]] bool is_damaged_index(std::string_view content);

}  // namespace md::store
