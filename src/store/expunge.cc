// store/expunge.cc - messages that their owner removes: first the journal, durably, then the files, into the undelete
// area
//
// CONTRACT
//   See mailbox.h and removal.h. A process that dies between the two leaves files whose messages are gone: the next
//   scan brings them to the undelete area, and does not take them for new mail. Behind the last move the journal is
//   told that they are away: what comes under these names later is no leftover.

#include <algorithm>
#include <cerrno>
#include <span>

#include "base/error.h"
#include "store/mailbox.h"
#include "store/maildir_name.h"
#include "store/removal.h"
#include "store/uid_view.h"

namespace md::store {

namespace {

/// Under one hold of the lock.
constexpr std::size_t kMovesAtOnce = 256;

/// False: what another program has renamed meanwhile is left for the scan.
bool move(Files& files, const std::string& from, const std::string& to) {
    try {
        files.rename(from, to);
        return true;
    } catch (const SystemError& error) {
        if (error.code() != ENOENT) throw;
        return false;
    }
}

/// Whether all were moved. `last`: these are the rest of the removal, and all before them were.
bool bury(MailboxCore& core, const std::string& directory, std::span<const Buried> messages, const Removal& removal,
          bool last) {
    MailboxCore::Writing writing(core);
    make_undelete(core.files(), directory);
    if (removal.reason == Reason::expunged) note_buried(core.files(), directory, messages);
    writing.before_names();
    bool all = true;
    for (const auto& [folder, expunged, entry] : messages)
        all &= move(core.files(), core.path_of(entry), directory + "/" + std::to_string(entry.message.uid));
    const auto& state = writing.state();
    const bool cleared = all && last && state.last_removal(removal.modseq) <= state.scanned().cleared;
    writing.after_names(cleared ? removal.modseq : 0);
    writing.commit();
    return all;
}

}  // namespace

Removal remove(MailboxCore& core, const UidRanges& uids, bool only_deleted, Reason reason) {
    Removal removal;
    removal.reason = reason;
    removal.time = core.core().now_seconds();
    MailboxCore::Writing writing(core);
    writing.need(0, 1);
    const auto& state = writing.state();
    const auto folder = core.folder_name();
    for (const auto& [first, last] : uids) {
        for (const auto& known : state.entries().range(first, last)) {
            if (only_deleted && (known.flags & flag::deleted) == 0) continue;
            removal.uids.push_back(known.uid);
            removal.messages.push_back({folder, removal.time, state.entry(known)});
        }
    }
    if (removal.uids.empty()) return removal;
    removal.modseq = state.modseq_next();
    writing.add(record::Removed{removal.modseq, ranges_of(removal.uids), removal.time, reason, {}});
    writing.commit();
    return removal;
}

void clear_away(MailboxCore& core, const Removal& removal) {
    const auto directory = core.undelete_directory(removal.time);
    const std::span<const Buried> all(removal.messages);
    try {
        bool moved = true;
        for (std::size_t at = 0; at < all.size(); at += kMovesAtOnce) {
            const auto some = all.subspan(at, std::min(kMovesAtOnce, all.size() - at));
            moved &= bury(core, directory, some, removal, moved && at + kMovesAtOnce >= all.size());
        }
        core.compact();
    } catch (const SystemError&) {
        // The removal is on disk, and is answered as what it is. The files are found again by every scan.
    }
}

std::vector<Uid> Mailbox::expunge(const UidRanges& uids, bool only_deleted) {
    auto removal = remove(*core_, uids, only_deleted, Reason::expunged);
    if (removal.uids.empty()) return {};
    core_->sync();
    clear_away(*core_, removal);
    return std::move(removal.uids);
}

}  // namespace md::store
