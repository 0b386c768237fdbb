// store/types.h - the words of the store: UIDs, MODSEQs, flags, and what a mailbox knows of a message
//
// CONTRACT
//   Values only. Times are seconds since the epoch, sizes are octets.
// RFC
//   9051 §2.3.1 (UID, UIDVALIDITY), §2.3.2 (flags); 7162 §3.1 (MODSEQ); 8474 §4, §5 (MAILBOXID, EMAILID)
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace md::store {

using Uid = std::uint32_t;
using ModSeq = std::uint64_t;

/// A set of system flags as a sum of these; keywords are apart. \Recent belongs to a view, not to a message.
using Flags = std::uint8_t;
namespace flag {
inline constexpr Flags seen = 1;
inline constexpr Flags answered = 2;
inline constexpr Flags flagged = 4;
inline constexpr Flags deleted = 8;
inline constexpr Flags draft = 16;
inline constexpr Flags all = 31;
}  // namespace flag

/// From `first` to `last`, both included.
struct UidRange {
    Uid first = 0;
    Uid last = 0;
    friend constexpr auto operator<=>(const UidRange&, const UidRange&) = default;
};

/// Sorted, none touching another.
using UidRanges = std::vector<UidRange>;

/// What one mailbox takes in different keywords, and their length in octets: each message holds those it has.
inline constexpr std::size_t kKeywordsLimit = 128;
inline constexpr std::size_t kKeywordSizeLimit = 100;

/// All that the journal says of one message; nothing of it needs the message's file.
struct Message {
    Uid uid = 0;
    ModSeq modseq = 0;
    Flags flags = 0;
    std::vector<std::string> keywords;  ///< sorted, as first spelt; compared without case
    std::int64_t internal_date = 0;
    std::uint64_t size_lf = 0;    ///< as stored
    std::uint64_t size_crlf = 0;  ///< as IMAP and POP3 tell it (RFC822.SIZE)
    std::string email_id;         ///< RFC 8474 EMAILID
    std::string uidl;             ///< POP3 unique-id carried over from elsewhere; empty: UIDVALIDITY.UID
};

/// Special uses of a folder (RFC 6154 §2) as a sum of these.
using SpecialUses = std::uint8_t;
namespace special_use {
inline constexpr SpecialUses archive = 1;
inline constexpr SpecialUses drafts = 2;
inline constexpr SpecialUses junk = 4;
inline constexpr SpecialUses sent = 8;
inline constexpr SpecialUses trash = 16;
inline constexpr SpecialUses all = 31;
/// As mdctl and the configuration name them.
inline constexpr std::array kNames{std::pair{archive, std::string_view("archive")},
                                   std::pair{drafts, std::string_view("drafts")},
                                   std::pair{junk, std::string_view("junk")}, std::pair{sent, std::string_view("sent")},
                                   std::pair{trash, std::string_view("trash")}};
/// 0: no such use.
[[nodiscard]] constexpr SpecialUses named(std::string_view name) noexcept {
    for (const auto& [use, its_name] : kNames)
        if (name == its_name) return use;
    return 0;
}
}  // namespace special_use

/// When a mailbox's directories last changed, as of a look at them.
struct DirectoryTimes {
    std::int64_t new_mtime = 0;  ///< nanoseconds; 0: not there
    std::int64_t cur_mtime = 0;
    /// False: an own change carried the time, or it was too young: they are looked at again when it is 2 s old.
    bool certain = false;
    friend bool operator==(const DirectoryTimes&, const DirectoryTimes&) = default;
};

/// What STATUS tells, as the account journal has it.
struct FolderStatus {
    std::string name;        ///< UTF-8, '/' between levels, "INBOX" for the first
    std::string mailbox_id;  ///< RFC 8474 MAILBOXID
    std::string directory;   ///< below Maildir; empty: Maildir itself
    std::uint32_t uid_validity = 0;
    std::uint32_t messages = 0;
    std::uint32_t unseen = 0;
    std::uint32_t recent = 0;
    std::uint64_t bytes = 0;          ///< as stored (size_lf)
    std::uint64_t bytes_crlf = 0;     ///< the sum of RFC822.SIZE (RFC 8438)
    std::uint32_t deleted = 0;        ///< with \Deleted
    std::uint64_t deleted_bytes = 0;  ///< of these, as stored
    SpecialUses uses = 0;
    Uid uid_next = 1;
    ModSeq highest_modseq = 1;
    DirectoryTimes looked;  ///< what the numbers know of
    friend bool operator==(const FolderStatus&, const FolderStatus&) = default;
};

enum class FolderError : std::uint8_t {
    not_there,
    exists,
    bad_name,      ///< empty level, control octet, not UTF-8, too long or too deep
    has_children,  ///< a name that is a folder's only by those below it
    is_inbox,      ///< cannot be removed
    into_itself,   ///< a new name below the old one
    use_taken,     ///< another folder has that special use
    too_many,      ///< the account has as many folders as it may
    busy,          ///< another renaming is under way; only inside of store/
};

struct QuotaUse {
    std::uint64_t bytes = 0;
    std::uint64_t messages = 0;
    friend bool operator==(const QuotaUse&, const QuotaUse&) = default;
};

/// What the mailboxes of an account may hold in all; 0: no bound.
struct QuotaLimits {
    std::uint64_t bytes = 0;  ///< as stored
    std::uint64_t messages = 0;
    [[nodiscard]] bool none() const noexcept { return bytes == 0 && messages == 0; }
    /// Whether `wanted` goes in beside `used`.
    [[nodiscard]] bool admit(const QuotaUse& used, const QuotaUse& wanted) const noexcept {
        const auto fits = [](std::uint64_t there, std::uint64_t more, std::uint64_t limit) {
            return limit == 0 || (there <= limit && more <= limit - there);
        };
        return fits(used.bytes, wanted.bytes, bytes) && fits(used.messages, wanted.messages, messages);
    }
    friend bool operator==(const QuotaLimits&, const QuotaLimits&) = default;
};

struct OverQuota {
    QuotaLimits limit;
    QuotaUse used;  ///< reservations included, without what was asked for
};

/// Whose mail: both parts in lower case, as accounts::Directory gives them.
struct AccountName {
    std::string domain;
    std::string local_part;
    friend auto operator<=>(const AccountName&, const AccountName&) = default;
};

}  // namespace md::store
