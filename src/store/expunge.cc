// store/expunge.cc - messages that their owner removes: first the journal, durably, then the files, into the undelete
// area
//
// CONTRACT
//   See mailbox.h. A process that dies between the two leaves files whose messages are expunged: the next scan brings
//   them to the undelete area, and never takes them for new mail.

#include <algorithm>
#include <cerrno>

#include "base/error.h"
#include "store/mailbox.h"
#include "store/mailbox_core.h"
#include "store/maildir_name.h"
#include "store/uid_view.h"
#include "store/undelete.h"

namespace md::store {

namespace {

constexpr std::size_t kMovesAtOnce = 64;

bool move(Files& files, const std::string& from, const std::string& to) {
    try {
        files.rename(from, to);
        return true;
    } catch (const SystemError& error) {
        if (error.code() != ENOENT) throw;
        return false;
    }
}

/// One hold of the lock for a few files. What another program has renamed meanwhile is left for the scan.
void bury(MailboxCore& core, const std::string& directory, const std::vector<Buried>& messages) {
    MailboxCore::Writing writing(core);
    note_buried(core.files(), directory, messages);
    writing.before_names();
    for (const auto& [folder, expunged, entry] : messages)
        (void)move(core.files(), core.path_of(entry), directory + "/" + std::to_string(entry.message.uid));
    writing.after_names();
    writing.commit();
}

}  // namespace

std::vector<Uid> Mailbox::expunge(const UidRanges& uids, bool only_deleted) {
    const auto now = core_->core().now_seconds();
    std::vector<Uid> removed;
    std::vector<Buried> messages;
    {
        MailboxCore::Writing writing(*core_);
        writing.need(0, 1);
        const auto& state = writing.state();
        for (const auto& [first, last] : uids) {
            for (auto at = state.entries().lower_bound(first); at != state.entries().end() && at->first <= last; ++at) {
                if (only_deleted && (at->second.message.flags & flag::deleted) == 0) continue;
                removed.push_back(at->first);
                messages.push_back({core_->place().name, now, at->second});
            }
        }
        if (removed.empty()) return removed;
        writing.add(record::Removed{state.modseq_next(), ranges_of(removed), now, Reason::expunged, {}});
        writing.commit();
    }
    core_->sync();
    const auto directory = core_->undelete_directory(now);
    for (std::size_t at = 0; at < messages.size(); at += kMovesAtOnce) {
        const auto begin = messages.begin() + static_cast<std::ptrdiff_t>(at);
        const auto end = messages.begin() + static_cast<std::ptrdiff_t>(std::min(messages.size(), at + kMovesAtOnce));
        bury(*core_, directory, {begin, end});
    }
    core_->compact();
    return removed;
}

}  // namespace md::store
