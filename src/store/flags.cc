// store/flags.cc - flags change in the journal at once; the files' names follow
//
// CONTRACT
//   See mailbox.h. One call is one record and one MODSEQ for each kind of change (RFC 7162 §3.1: all of one STORE may
//   share it).

#include <algorithm>
#include <cerrno>
#include <map>

#include "base/error.h"
#include "base/strings.h"
#include "store/mailbox.h"
#include "store/mailbox_core.h"
#include "store/maildir_name.h"
#include "store/uid_view.h"

namespace md::store {

namespace {

constexpr std::size_t kRenamesAtOnce = 64;  // under one hold of the lock

bool has(const std::vector<std::string>& keywords, const std::string& wanted) {
    return std::any_of(keywords.begin(), keywords.end(), [&](const auto& have) { return equal_nocase(have, wanted); });
}

record::FlagsChanged record_of(const FlagChange& change, const MailboxState& state) {
    record::FlagsChanged r;
    r.modseq = state.modseq_next();
    if (change.how == FlagChange::How::remove) {
        r.remove = change.flags;
        r.remove_keywords = change.keywords;
        return r;
    }
    r.add = change.flags;
    r.add_keywords = state.acceptable(change.keywords);
    if (change.how == FlagChange::How::replace) {
        r.remove = flag::all;
        r.clear_keywords = true;
    }
    return r;
}

/// RFC 7162 §3.1: what changes nothing takes no new MODSEQ.
bool changes(const Message& m, const record::FlagsChanged& r) {
    if (static_cast<Flags>((m.flags & ~r.remove) | r.add) != m.flags) return true;
    for (const auto& keyword : r.add_keywords)
        if (!has(m.keywords, keyword)) return true;
    if (r.clear_keywords)
        return std::any_of(m.keywords.begin(), m.keywords.end(),
                           [&](const auto& have) { return !has(r.add_keywords, have); });
    for (const auto& keyword : r.remove_keywords)
        if (has(m.keywords, keyword)) return true;
    return false;
}

}  // namespace

FlagResult Mailbox::change_flags(const UidRanges& uids, const FlagChange& change, std::optional<ModSeq> unchanged_since,
                                 ModSeq seen) {
    MailboxCore::Writing writing(*core_);
    writing.need(0, 1);
    const auto& state = writing.state();
    auto record = record_of(change, state);
    FlagResult result;
    for (const auto& [first, last] : uids) {
        for (auto at = state.entries().lower_bound(first); at != state.entries().end() && at->first <= last; ++at) {
            ++result.met;
            const auto modseq = std::max(at->second.message.modseq, state.floor());
            if (unchanged_since && modseq > *unchanged_since) {
                result.failed.push_back(at->first);
            } else if (changes(at->second.message, record)) {
                result.changed.push_back(at->first);
                if (modseq > seen) result.overtaken.push_back(at->first);
            }
        }
    }
    if (result.changed.empty()) return result;
    result.modseq = record.modseq;
    record.uids = ranges_of(result.changed);
    writing.add(std::move(record));
    writing.commit();
    return result;
}

namespace {

/// Renames one message's file; false: it is not where the journal saw it last, and a scan must say where it is.
bool follow(MailboxCore& core, const Entry& entry, Where where, const std::string& letters) {
    try {
        core.files().rename(core.path_of(entry), core.path_of(where, entry.name, letters));
        return true;
    } catch (const SystemError& error) {
        if (error.code() != ENOENT) throw;
        return false;
    }
}

}  // namespace

void Mailbox::follow_names() {
    Uid from = 0;
    for (bool more = true; more;) {
        MailboxCore::Writing writing(*core_);
        const auto& state = writing.state();
        std::map<std::pair<Where, std::string>, std::vector<Uid>> followed;
        std::size_t count = 0;
        auto at = state.misnamed().upper_bound(from);
        if (at != state.misnamed().end()) writing.before_names();
        for (; at != state.misnamed().end() && count < kRenamesAtOnce; ++at, ++count) {
            from = *at;
            const auto* entry = state.find(*at);
            if (entry == nullptr) continue;
            const auto where = state.wanted_where(*entry);
            auto letters = MailboxState::wanted_letters(*entry);
            if (follow(*core_, *entry, where, letters)) followed[{where, std::move(letters)}].push_back(*at);
        }
        more = count == kRenamesAtOnce;
        for (const auto& [name, uids] : followed)
            writing.add(record::Seen{ranges_of(uids), name.first, name.second, {}});
        writing.after_names();
        writing.commit();
    }
    core_->compact();
}

}  // namespace md::store
