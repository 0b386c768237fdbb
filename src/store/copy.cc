// store/copy.cc - COPY and MOVE between mailboxes of one account
//
// CONTRACT
//   See mailbox.h. The two mailboxes' locks are held one after the other, never together. A copy is a hard link, with
//   the EMAILID of what it was made from (RFC 8474 §5.1); where there can be none (another file system, too many
//   links) it is a file of its own. The target is durable before a removal is journalled: a process that dies between
//   leaves both, and has answered nothing.

#include <algorithm>
#include <cerrno>
#include <optional>
#include <utility>

#include "base/error.h"
#include "store/arrivals.h"
#include "store/mailbox.h"
#include "store/removal.h"
#include "store/reservation.h"
#include "store/uid_view.h"

namespace md::store {

namespace {

std::vector<Entry> entries_of(MailboxCore& core, const UidRanges& uids) {
    const MailboxCore::Reading reading(core);
    const auto& state = reading.state();
    std::vector<Entry> out;
    for (const auto& [first, last] : uids)
        for (const auto& known : state.entries().range(first, last)) out.push_back(state.entry(known));
    return out;
}

void copy_content(MailboxCore& from, const std::string& path, MessageWriter& to) {
    const auto file = from.files().open(path, OpenMode::read);
    std::string chunk(64U << 10, '\0');
    std::uint64_t offset = 0;
    while (const auto got = file->read_at(offset, chunk.data(), chunk.size())) {
        to.write(std::string_view(chunk).substr(0, got));
        offset += got;
    }
    to.finish();
}

/// A link to the file, or a copy of it. SystemError(ENOENT): another program has renamed it meanwhile.
void bring_file(MailboxCore& from, const Entry& entry, MailboxCore& to, Arrivals& arrivals) {
    const auto path = from.path_of(entry);
    auto temporary = arrivals.fresh_path();
    auto message = entry.message;
    if (to.files().link(path, temporary) == LinkOutcome::done) {
        arrivals.add(std::move(temporary), std::move(message));
        return;
    }
    MessageWriter writer(to.files(), temporary);
    copy_content(from, path, writer);
    message.size_lf = writer.size_lf();
    message.size_crlf = writer.size_crlf();
    arrivals.add(std::move(temporary), std::move(message));
    writer.placed();
}

QuotaUse sum_of(const std::vector<Entry>& entries) {
    QuotaUse sum;
    sum.messages = entries.size();
    for (const auto& entry : entries) sum.bytes += entry.message.size_lf;
    return sum;
}

std::uint64_t count_of(const UidRanges& uids) {
    std::uint64_t count = 0;
    for (const auto& [first, last] : uids) count += std::uint64_t{last} - first + 1;
    return count;
}

/// What another session moved or expunged first is not here, too (RFC 6851 §3.3).
Copied settle_move(MailboxCore& target, const std::vector<Uid>& brought, const Removal& removal, Arrivals& arrivals) {
    Copied moved{target.uid_validity(), {}, {}};
    std::vector<Uid> to;
    std::vector<std::size_t> late;
    for (std::size_t at = 0; at < brought.size(); ++at) {
        if (std::binary_search(removal.uids.begin(), removal.uids.end(), brought[at]))
            to.push_back(arrivals.message(at).uid);
        else
            late.push_back(at);
    }
    if (!late.empty()) {
        arrivals.take_back(late);
        target.sync();
    }
    moved.from = ranges_of(removal.uids);
    moved.to = ranges_of(std::move(to));
    return moved;
}

}  // namespace

/// False: the message is gone.
bool Mailbox::lend(Entry entry, MailboxCore& to, Arrivals& arrivals) {
    for (int attempt = 0; attempt < 3; ++attempt) {
        try {
            bring_file(*core_, entry, to, arrivals);
            return true;
        } catch (const SystemError& error) {
            if (error.code() != ENOENT) throw;
        }
        // As in open(): at the second look the journal has the name, behind a scan also that of another program.
        if (attempt == 1) look_now();
        const MailboxCore::Reading reading(*core_);
        const auto now = reading.state().find(entry.message.uid);
        if (!now) return false;
        entry = reading.state().entry(*now);
    }
    return false;
}

/// What was brought, by the UIDs that it has in `source`; none: some of it is gone and may not be.
std::optional<std::vector<Uid>> Mailbox::bring(Mailbox& source, std::vector<Entry> entries, Missing missing,
                                               Arrivals& arrivals) {
    core_->mend_directories();
    std::vector<Uid> brought;
    brought.reserve(entries.size());
    for (auto& entry : entries) {
        const auto uid = entry.message.uid;
        if (source.lend(std::move(entry), *core_, arrivals)) {
            brought.push_back(uid);
        } else if (missing == Missing::refuse) {
            return std::nullopt;
        }
    }
    return brought;
}

Result<Copied, CopyFailure> Mailbox::copy_from(Mailbox& source, const UidRanges& uids, Missing missing,
                                               const QuotaLimits& quota) {
    auto entries = entries_of(*source.core_, uids);
    if (missing == Missing::refuse && entries.size() < count_of(uids)) return fail(CopyFailure::message_gone);
    auto token = reserve(core_->account(), sum_of(entries), quota);
    if (!token) return fail(CopyFailure::over_quota);
    Reserved reserved(core_->account(), std::move(*token));
    Arrivals arrivals(*core_);
    auto brought = bring(source, std::move(entries), missing, arrivals);
    if (!brought) return fail(CopyFailure::message_gone);
    if (brought->empty()) return Copied{};
    arrivals.place(reserved);
    arrivals.make_durable();
    return Copied{core_->uid_validity(), ranges_of(std::move(*brought)), {arrivals.uids()}};
}

Result<Copied, CopyFailure> Mailbox::move_from(Mailbox& source, const UidRanges& uids, Missing missing) {
    auto entries = entries_of(*source.core_, uids);
    if (missing == Missing::refuse && entries.size() < count_of(uids)) return fail(CopyFailure::message_gone);
    // No room is asked for: what comes here leaves there (RFC 6851 §4.1).
    Reserved nothing(core_->account(), {});
    Arrivals arrivals(*core_);
    auto brought = bring(source, std::move(entries), missing, arrivals);
    if (!brought) return fail(CopyFailure::message_gone);
    if (brought->empty()) return Copied{};
    arrivals.place(nothing);
    arrivals.make_durable();
    std::optional<Removal> removal;
    try {
        // Keywords, dates and EMAILIDs stand in the journals alone: they leave the one when they are safe in the other.
        core_->sync();
        removal = remove(*source.core_, ranges_of(*brought), false, Reason::moved);
    } catch (const SystemError&) {
        arrivals.take_back();
        throw;
    }
    auto moved = settle_move(*core_, *brought, *removal, arrivals);
    source.core_->sync();
    clear_away(*source.core_, *removal);
    if (moved.from.empty() && missing == Missing::refuse) return fail(CopyFailure::message_gone);
    return moved;
}

}  // namespace md::store
