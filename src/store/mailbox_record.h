// store/mailbox_record.h - what a frame of a mailbox journal says, as types
//
// CONTRACT
//   Pure. decode() gives no value for a type that this version does not know, and for a record without the fields it
//   cannot do without: both are skipped. doc/formats/mailbox-journal.md has numbers and tags; a number once used is
//   never used again.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "store/record.h"
#include "store/types.h"

namespace md::store {

inline constexpr std::string_view kMailboxMagic{"MDMBOX\x01\x00", 8};  ///< version 1

enum class Where : std::uint8_t { in_new, in_cur };

/// A message, with the file name under which it was last seen.
struct Entry {
    Message message;
    std::string name;  ///< up to ":2,"; sizes included
    Where where = Where::in_new;
    std::string letters;  ///< after ":2,", as last seen
};

enum class Reason : std::uint8_t {
    expunged,  ///< by its owner
    gone,      ///< another program took the file away
    lost,      ///< the file was not there any more after a boot: a replay brings it again
    moved,     ///< by its owner, into another mailbox
};

/// What went without its owner's will is a message again when it comes back.
[[nodiscard]] constexpr bool by_owner(Reason reason) noexcept {
    return reason == Reason::expunged || reason == Reason::moved;
}

namespace record {

struct Header {
    std::string mailbox_id;
    std::uint32_t uid_validity = 0;
    std::int64_t created = 0;
};
/// From here on numbers below the ends may be told.
struct Bounds {
    Uid uid_next = 1;
    Uid uid_end = 1;
    ModSeq modseq_next = 2;
    ModSeq modseq_end = 2;
    std::string boot_id;
};
struct Closed {
    std::string boot_id;
};
struct Floor {
    ModSeq modseq = 0;
    Uid uid = 1;  ///< messages below it were there before something was lost
};
struct Added {
    Entry entry;
};
struct FlagsChanged {
    ModSeq modseq = 0;
    UidRanges uids;
    Flags add = 0;
    Flags remove = 0;
    bool clear_keywords = false;
    std::vector<std::string> add_keywords;
    std::vector<std::string> remove_keywords;
};
struct Removed {
    ModSeq modseq = 0;
    UidRanges uids;
    std::int64_t time = 0;
    Reason reason = Reason::expunged;
    std::vector<std::string> keys;  ///< only where the messages' own records are not there any more: in UID order
};
struct Seen {
    UidRanges uids;
    Where where = Where::in_new;
    std::string letters;
    std::string name;  ///< empty: as before
};
struct Scanned : DirectoryTimes {
    ModSeq cleared =
        0;  ///< the files of expunges up to here are not in new/ and cur/ any more: what comes is no leftover
    friend bool operator==(const Scanned&, const Scanned&) = default;
};
struct Recent {
    Uid first = 1;  ///< messages from here on are nobody's yet
};
/// Expunges up to here are forgotten.
struct Horizon {
    ModSeq modseq = 0;
};

}  // namespace record

using MailboxRecord =
    std::variant<record::Header, record::Bounds, record::Closed, record::Floor, record::Added, record::FlagsChanged,
                 record::Removed, record::Seen, record::Scanned, record::Recent, record::Horizon>;

inline constexpr std::size_t kObjectIdLimit = 64;
/// RFC 8474 §4: letters, digits, '_' and '-'. It becomes part of paths.
[[nodiscard]] bool is_object_id(std::string_view text) noexcept;

/// record::Added as views of the frame: what a journal has most of is read without a copy.
struct AddedFields {
    Uid uid = 0;
    ModSeq modseq = 0;
    Flags flags = 0;
    std::vector<std::string> keywords;
    std::int64_t internal_date = 0;
    std::uint64_t size_lf = 0;
    std::uint64_t size_crlf = 0;
    std::string_view name;
    Where where = Where::in_new;
    std::string_view letters;
    std::string_view email_id;
    std::string_view uidl;
};
/// None: another type, or without what it cannot do without.
[[nodiscard]] std::optional<AddedFields> decode_added(const Record& record);

void encode(FrameWriter& frame, const MailboxRecord& record);
[[nodiscard]] std::optional<MailboxRecord> decode(const Record& record);

}  // namespace md::store
