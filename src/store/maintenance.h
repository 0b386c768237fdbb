// store/maintenance.h - what is wrong with an account's mailboxes and how large they are; and what mends them
//
// PURPOSE
//   examine() looks for `mdctl store check` and `stats`; rebuild(), compact_all() and tidy_all() act.
// CONTRACT
//   Blocks. examine() changes nothing, not even what any other opening would mend at once; it holds each mailbox's lock
//   while it reads what that mailbox says of itself, so that what running daemons are about is not taken for a fault.
//   What other programs changed in a Maildir and nobody has looked at yet is pending and no fault. The others go
//   through Account, as daemons do, and run beside them: sessions notice.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "store/account.h"
#include "store/store.h"
#include "store/types.h"

namespace md::store {

struct MailboxReport {
    FolderStatus status;  ///< as journal and directories say; name and directory as the account has them
    std::uint64_t journal_bytes = 0;
    std::uint64_t cache_bytes = 0;
    std::uint64_t expunges = 0;  ///< remembered
    ModSeq horizon = 0;          ///< older expunges are forgotten
    std::uint64_t pending = 0;   ///< files that came, went, or changed their names since the last look
    std::vector<std::string> faults;
};

struct AccountReport {
    std::vector<MailboxReport> mailboxes;  ///< by name, INBOX first
    std::uint64_t journal_bytes = 0;       ///< of mdmail.account
    std::uint64_t undelete_messages = 0;
    std::uint64_t undelete_bytes = 0;
    std::vector<std::string> faults;  ///< that belong to no mailbox
};

/// Whether each message is read, too: for its size with CRLF.
enum class Contents : std::uint8_t { left, counted };

/// None: no such account in this store, or no such folder in it. Without `folder`: all of them.
[[nodiscard]] std::optional<AccountReport> examine(Store& store, const AccountName& account,
                                                   const std::optional<std::string>& folder,
                                                   Contents contents = Contents::counted);

/// The journal anew from what stands in the old one and in the Maildir: UIDVALIDITY, UIDs, dates, flags and keywords so
/// far as they can be read; sizes as the files have them; numbers leap, so that every client looks again. The cache
/// goes; the account is told its numbers. What other programs did is taken in first. Returns how many messages.
std::uint32_t rebuild(Mailbox& mailbox);

struct Compacted {
    std::uint64_t before = 0;
    std::uint64_t after = 0;
};
/// The journal of one mailbox, whether it pays or not.
Compacted compact_now(Mailbox& mailbox);

}  // namespace md::store
