// store/view.cc - see view.h

#include "store/view.h"

#include <algorithm>
#include <cerrno>
#include <map>

#include "base/assert.h"
#include "base/error.h"
#include "base/strings.h"
#include "store/mailbox_core.h"

namespace md::store {

namespace {

/// No reason to refuse a mailbox, or a message, to whoever reads it.
bool is_without_room(const SystemError& error) noexcept {
    return error.code() == ENOSPC || error.code() == EDQUOT || error.code() == EROFS;
}

/// RFC 3501 §2.3.2: if it cannot be known whether another session was told before, "then that message SHOULD be
/// considered recent".
void note_recent(MailboxCore::Writing& writing, Uid next) {
    try {
        writing.add(record::Recent{next});
        writing.commit();
    } catch (const SystemError& error) {
        if (!is_without_room(error)) throw;
    }
}

}  // namespace

View::View(std::shared_ptr<Mailbox> mailbox, Access access) : mailbox_(std::move(mailbox)), access_(access) {
    mailbox_->look();
    uid_validity_ = mailbox_->core().uid_validity();
    with_state([this](const MailboxState& state, Uid first_recent) {
        uids_ = state.uids();
        for (const auto& known : state.entries().range(first_recent, UINT32_MAX)) recent_.insert(known.uid);
        if (const auto unseen = state.entries().first_unseen(); unseen != 0) first_unseen_ = uids_.position(unseen);
        take_in_keywords(state, {});
        uid_next_ = state.uid_next();
        read_ = told_ = state.highest_modseq();
    });
    new_keywords_ = false;
}

/// Reads the state; `first_recent`: messages from there on are \Recent here. RFC 3501 §2.3.2: the first session that is
/// told of a message, and no other, has it as \Recent; so whoever may take them does it before anyone else reads.
template <class Read>
void View::with_state(const Read& read) {
    auto& core = mailbox_->core();
    const auto unclaimed = [](const MailboxState& state) { return state.first_recent() < state.uid_next(); };
    {
        const MailboxCore::Reading reading(core);
        const auto& state = reading.state();
        if (access_ == Access::read_only || !unclaimed(state)) return read(state, state.first_recent());
    }
    MailboxCore::Writing writing(core);
    const auto first = writing.state().first_recent();
    if (unclaimed(writing.state())) note_recent(writing, writing.state().uid_next());
    read(writing.state(), first);
}

UidRanges View::uids_by_sequence(std::uint32_t first, std::uint32_t last) const {
    if (uids_.size() == 0) return {};
    if (first == 0) first = uids_.size();
    if (last == 0) last = uids_.size();
    if (first > last) std::swap(first, last);
    if (first > uids_.size()) return {};
    return uids_.within(*uids_.at(first), *uids_.at(std::min(last, uids_.size())));
}

UidRanges View::uids_by_uid(Uid first, Uid last) const {
    if (uids_.size() == 0) return {};
    // RFC 9051 §9, seq-range: "*" is the largest in use, so "4827:*" always has the last message.
    const auto largest = *uids_.at(uids_.size());
    if (first == 0) first = largest;
    if (last == 0) last = largest;
    if (first > last) std::swap(first, last);
    return uids_.within(first, last);
}

UidRanges View::within(const UidRanges& uids) const {
    UidRanges mine;
    for (const auto& [first, last] : uids)
        for (const auto& range : uids_.within(first, last)) mine.push_back(range);
    return normalised(std::move(mine));
}

std::vector<Message> View::messages(const UidRanges& uids) {
    std::vector<Message> out;
    messages(uids, out);
    return out;
}

void View::messages(const UidRanges& uids, std::vector<Message>& out) {
    const auto mine = within(uids);
    const MailboxCore::Reading reading(mailbox_->core());
    const auto& state = reading.state();
    std::size_t count = 0;
    for (const auto& [first, last] : mine) count += std::size_t{last} - first + 1;
    out.resize(count);
    auto put = out.begin();
    for (const auto& [first, last] : mine) {
        const auto living = state.entries().range(first, last);
        auto next = living.begin();
        for (auto uid = first;; ++uid) {
            if (next != living.end() && next.uid() == uid) {
                state.tell(*next, *put++);
                ++next;
            } else if (const auto* grave = state.find_expunged(uid); grave != nullptr && grave->last) {
                *put++ = grave->last->message;
            } else if (const auto kept = withheld_.find(uid); kept != withheld_.end()) {
                *put++ = kept->second.last;
            }
            if (uid == last) break;
        }
    }
    out.erase(put, out.end());
    const auto is_new = [this](const std::string& keyword) {
        return !std::binary_search(keywords_.begin(), keywords_.end(), keyword);
    };
    if (std::any_of(out.begin(), out.end(), [&](const Message& message) {
            return std::any_of(message.keywords.begin(), message.keywords.end(), is_new);
        }))
        take_in_keywords(state, out);
}

/// Those of the mailbox, those of what is given, for a message that is gone may have others, and those told before, for
/// a message that was read may be told yet; the last only while there is room for new ones.
void View::take_in_keywords(const MailboxState& state, const std::vector<Message>& given) {
    std::map<std::string, std::string> spellings;  // by lower case
    const auto take = [&spellings](const std::string& keyword) { spellings.try_emplace(lower(keyword), keyword); };
    const auto sorted = [&spellings] {
        std::vector<std::string> out;
        for (const auto& [key, spelling] : spellings) out.push_back(spelling);
        std::sort(out.begin(), out.end());
        return out;
    };
    for (const auto& keyword : state.keywords()) take(keyword);
    for (const auto& message : given) std::for_each(message.keywords.begin(), message.keywords.end(), take);
    auto now = sorted();
    if (std::includes(keywords_.begin(), keywords_.end(), now.begin(), now.end())) return;
    std::for_each(keywords_.begin(), keywords_.end(), take);
    keywords_ = spellings.size() < kKeywordsLimit ? sorted() : std::move(now);
    new_keywords_ = true;
}

UidRanges View::changed_since(const UidRanges& uids, ModSeq since) {
    std::vector<Uid> changed;
    {
        const MailboxCore::Reading reading(mailbox_->core());
        changed = reading.state().changed_since(since);
    }
    std::erase_if(changed, [&](Uid uid) { return !contains(uids, uid) || !uids_.position(uid); });
    return ranges_of(std::move(changed));
}

UidRanges View::vanished(const UidRanges& known, ModSeq since) {
    std::vector<Uid> gone;
    {
        const MailboxCore::Reading reading(mailbox_->core());
        const auto& state = reading.state();
        // RFC 7162 §3.2.6: "MUST behave as if it was requested to report all expunged messages".
        if (!state.knows_expunges_since(since)) return uids_.missing_of(known, uid_next_);
        for (auto at = state.expunged().rbegin(); at != state.expunged().rend() && at->modseq > since; ++at)
            if (at->uid < uid_next_ && contains(known, at->uid) && !uids_.position(at->uid)) gone.push_back(at->uid);
    }
    return ranges_of(std::move(gone));
}

FlagResult View::change_flags(const UidRanges& uids, const FlagChange& change, bool silent,
                              std::optional<ModSeq> unchanged_since) {
    MD_ASSERT(access_ == Access::read_write);
    auto result = mailbox_->change_flags(within(uids), change, unchanged_since, read_);
    if (!silent || result.changed.empty()) return result;
    auto quiet = result.changed;
    std::erase_if(quiet,
                  [&](Uid uid) { return std::binary_search(result.overtaken.begin(), result.overtaken.end(), uid); });
    silent_.push_back({result.modseq, ranges_of(std::move(quiet))});
    return result;
}

std::vector<Message> View::set_seen(const UidRanges& uids) {
    FlagChange change;
    change.flags = flag::seen;
    try {
        return messages(ranges_of(change_flags(uids, change, true).changed));
    } catch (const SystemError& error) {
        if (!is_without_room(error)) throw;
        return {};
    }
}

std::size_t View::expunge(const UidRanges& uids) {
    MD_ASSERT(access_ == Access::read_write);
    return mailbox_->expunge(within(uids), true).size();
}

namespace {

/// What is in the view and not in the mailbox any more, when the journal has forgotten when it went.
std::vector<Expunged> by_comparison(const MailboxState& state, const UidView& uids) {
    std::vector<Expunged> out;
    for (const auto& [first, last] : uids.ranges()) {
        for (auto uid = first;; ++uid) {
            if (!state.entries().contains(uid)) {
                Expunged gone;
                gone.uid = uid;
                gone.modseq = state.highest_modseq();
                if (const auto* grave = state.find_expunged(uid)) gone = *grave;
                out.push_back(std::move(gone));
            }
            if (uid == last) break;
        }
    }
    return out;
}

std::vector<Expunged> expunged_since(const MailboxState& state, ModSeq since, const UidView& uids) {
    if (!state.knows_expunges_since(since)) return by_comparison(state, uids);
    std::vector<Expunged> out;
    for (auto at = state.expunged().rbegin(); at != state.expunged().rend() && at->modseq > since; ++at)
        if (uids.position(at->uid)) out.push_back(*at);
    std::reverse(out.begin(), out.end());
    return out;
}

}  // namespace

/// What went since the last look waits with those that could not be told yet.
void View::withhold(const MailboxState& state) {
    for (const auto& gone : expunged_since(state, read_, uids_)) {
        Message last;
        if (gone.last) last = gone.last->message;
        last.uid = gone.uid;
        withheld_.try_emplace(gone.uid, Withheld{gone.modseq, std::move(last)});
    }
}

void View::tell_withheld(SyncResult& result) {
    std::vector<Uid> gone;
    gone.reserve(withheld_.size());
    for (const auto& [uid, withheld] : withheld_) {
        // By UID, so that each number is less by those that stand before it in the list (RFC 3501 §7.4.1).
        result.expunged.push_back(*uids_.position(uid) - static_cast<std::uint32_t>(gone.size()));
        gone.push_back(uid);
    }
    result.vanished = ranges_of(std::move(gone));
    uids_.erase(result.vanished);
    recent_.erase(result.vanished);
    withheld_.clear();
}

bool View::is_silent(Uid uid, ModSeq modseq) const noexcept {
    return std::any_of(silent_.begin(), silent_.end(),
                       [&](const Silent& own) { return own.modseq == modseq && contains(own.uids, uid); });
}

void View::take_in(const MailboxState& state, Uid first_recent, SyncResult& result, Expunges expunges) {
    withhold(state);
    if (expunges == Expunges::tell) tell_withheld(result);
    for (const auto uid : state.changed_since(read_)) {
        if (const auto sequence = uids_.position(uid)) {
            const auto known = *state.find(uid);
            if (!is_silent(uid, state.told_modseq(known)))
                result.fetches.push_back({*sequence, is_recent(uid), state.told(known)});
            continue;
        }
        uids_.insert(uid);
        if (uid >= first_recent) recent_.insert(uid);
        result.exists = uids_.size();
    }
    if (result.exists && recent_.size() > 0) result.recent = recent_.size();
    if (state.highest_modseq() != read_) take_in_keywords(state, {});
    silent_.clear();
    read_ = state.highest_modseq();
    uid_next_ = state.uid_next();
    told_ = read_;
    for (const auto& [uid, withheld] : withheld_) told_ = std::min(told_, withheld.modseq - 1);
}

SyncResult View::sync(Expunges expunges) {
    SyncResult result;
    try {
        mailbox_->look();
        with_state(
            [&](const MailboxState& state, Uid first_recent) { take_in(state, first_recent, result, expunges); });
    } catch (const SystemError& error) {
        if (!mailbox_is_gone(error)) throw;
        result.gone = true;
    }
    return result;
}

}  // namespace md::store
