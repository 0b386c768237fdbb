// store/flags.cc - flags change in the journal at once; the files' names follow
//
// CONTRACT
//   See mailbox.h. One call is one record and one MODSEQ for each kind of change (RFC 7162 §3.1: all of one STORE may
//   share it).

#include <algorithm>
#include <array>
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

record::FlagsChanged record_of(const FlagChange& change, const MailboxState& state, std::vector<std::string>& refused) {
    record::FlagsChanged r;
    r.modseq = state.modseq_next();
    if (change.how == FlagChange::How::remove) {
        r.remove = change.flags;
        r.remove_keywords = change.keywords;
        return r;
    }
    r.add = change.flags;
    r.add_keywords = state.acceptable(change.keywords, &refused);
    if (change.how == FlagChange::How::replace) {
        r.remove = flag::all;
        r.clear_keywords = true;
    }
    return r;
}

/// RFC 7162 §3.1: what changes nothing takes no new MODSEQ.
bool changes(const MailboxState& state, const Known& known, const record::FlagsChanged& r) {
    if (static_cast<Flags>((known.flags & ~r.remove) | r.add) != known.flags) return true;
    const auto& sets = state.keyword_sets();
    const auto has_one = [&](const std::string& keyword) { return sets.has(known.keywords, keyword); };
    if (!std::all_of(r.add_keywords.begin(), r.add_keywords.end(), has_one)) return true;
    if (!r.clear_keywords) return std::any_of(r.remove_keywords.begin(), r.remove_keywords.end(), has_one);
    const auto had = sets.names(known.keywords);
    return std::any_of(had.begin(), had.end(), [&](const auto& keyword) { return !has(r.add_keywords, keyword); });
}

}  // namespace

FlagResult Mailbox::change_flags(const UidRanges& uids, const FlagChange& change, std::optional<ModSeq> unchanged_since,
                                 ModSeq seen) {
    MailboxCore::Writing writing(*core_);
    writing.need(0, 1);
    const auto& state = writing.state();
    FlagResult result;
    auto record = record_of(change, state, result.refused);
    for (const auto& [first, last] : uids) {
        for (const auto& known : state.entries().range(first, last)) {
            ++result.met;
            const auto modseq = state.told_modseq(known);
            if (unchanged_since && modseq > *unchanged_since) {
                result.failed.push_back(known.uid);
            } else if (changes(state, known, record)) {
                result.changed.push_back(known.uid);
                if (modseq > seen) result.overtaken.push_back(known.uid);
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

/// A failure of this name alone, and not of the disk.
bool is_of_this_name(int code) noexcept {
    constexpr std::array kCodes{ENOENT, ENAMETOOLONG, EINVAL,  EILSEQ, EACCES,
                                EPERM,  EISDIR,       ENOTDIR, EEXIST, ENOTEMPTY};
    return std::find(kCodes.begin(), kCodes.end(), code) != kCodes.end();
}

/// Renames one message's file; false: it is not where the journal saw it last, and a scan must say where it is, or it
/// cannot have that name, and keeps the one that it has: its flags are in the journal.
bool follow(MailboxCore& core, const Known& known, Where where, const std::string& letters) {
    const auto name = core.path_of(where, known.name, letters);
    if (core.is_refused(known.uid, name)) return false;
    try {
        core.files().rename(core.path_of(known), name);
        return true;
    } catch (const SystemError& error) {
        if (!is_of_this_name(error.code())) throw;
        if (error.code() != ENOENT) core.refuse(known.uid, name);
        return false;
    }
}

}  // namespace

void Mailbox::follow_names() {
    Uid from = 1;
    for (bool more = true; more;) {
        MailboxCore::Writing writing(*core_);
        const auto& state = writing.state();
        std::map<std::pair<Where, std::string>, std::vector<Uid>> followed;
        std::size_t count = 0;
        auto uid = state.entries().next_misnamed(from);
        if (uid != 0) writing.before_names();
        for (; uid != 0 && count < kRenamesAtOnce; uid = state.entries().next_misnamed(from), ++count) {
            from = uid + 1;
            const auto known = *state.find(uid);
            const auto where = state.wanted_where(known);
            auto letters = state.wanted_letters(known);
            if (follow(*core_, known, where, letters)) followed[{where, std::move(letters)}].push_back(uid);
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
