// store/mailbox_state.cc - see mailbox_state.h

#include "store/mailbox_state.h"

#include <algorithm>
#include <utility>

#include "base/strings.h"
#include "store/maildir_name.h"

namespace md::store {

namespace {

constexpr std::size_t kChangesKept = 65'536;
constexpr ModSeq kModSeqLimit = ModSeq{1} << 63;  // RFC 7162 §3.1: 63 bits
constexpr std::int64_t kOnDiskAfter = 600;        // seconds; what no sync demands a kernel writes within half a minute

}  // namespace

void MailboxState::apply(std::string_view payload) {
    RecordReader records(payload);
    while (const auto raw = records.next()) {
        if (const auto added = decode_added(*raw)) {
            add(*added);
        } else if (const auto record = decode(*raw)) {
            apply(*record);
        }
    }
}

void MailboxState::apply(const MailboxRecord& record) {
    std::visit([this](const auto& r) { on(r); }, record);
}

/// Calls `action(known)` for those that are there; it may change and remove that message, and no other.
template <class Do>
void MailboxState::each(const UidRanges& ranges, Do action) {
    std::vector<Uid> uids;
    for (const auto& [first, last] : ranges)
        for (const auto& known : entries_.range(first, last)) uids.push_back(known.uid);
    for (const auto uid : uids)
        if (const auto known = entries_.find(uid)) action(*known);
}

void MailboxState::used(ModSeq modseq) {
    if (modseq < kModSeqLimit) modseq_next_ = std::max(modseq_next_, modseq + 1);
}

void MailboxState::log(ModSeq modseq, Uid uid) {
    if (!changes_.empty() && modseq < changes_.back().first) {
        // A snapshot is in UID order: what it holds is found by going through the entries.
        changes_from_ = std::max(changes_from_, changes_.back().first);
        changes_.clear();
    }
    if (modseq <= changes_from_) return;
    changes_.emplace_back(modseq, uid);
    if (changes_.size() <= kChangesKept) return;
    changes_from_ = changes_.front().first;
    while (!changes_.empty() && changes_.front().first == changes_from_) changes_.pop_front();
}

/// Adds the message to the sums, or with -1 takes it out.
void MailboxState::count(const Known& known, int sign) {
    if ((known.flags & flag::seen) == 0) unseen_ += static_cast<std::uint32_t>(sign);
    if (known.uid >= first_recent_) recent_ += static_cast<std::uint32_t>(sign);
    bytes_ += sign > 0 ? known.size_lf : -known.size_lf;
    bytes_crlf_ += sign > 0 ? known.size_crlf : -known.size_crlf;
    if ((known.flags & flag::deleted) != 0) {
        deleted_ += static_cast<std::uint32_t>(sign);
        deleted_bytes_ += sign > 0 ? known.size_lf : -known.size_lf;
    }
    keywords_.count(known.keywords, sign);
}

/// Out of new/ once a session has seen it, or if it has a flag to show (https://cr.yp.to/proto/maildir.html).
Where MailboxState::wanted_where(const Known& known) const {
    const bool seen = known.uid < first_recent_ || !wanted_letters(known).empty();
    return seen ? Where::in_cur : known.where;
}

std::string MailboxState::wanted_letters(const Known& known) const {
    return letters_of(known.flags, keywords_.has(known.keywords, kForwarded), known.letters);
}

bool MailboxState::is_misnamed(const Known& known) const {
    const auto letters = wanted_letters(known);
    const bool shown = known.uid < first_recent_ || !letters.empty();
    return letters != known.letters || (shown && known.where == Where::in_new);
}

void MailboxState::judge_name(Uid uid) {
    if (const auto known = entries_.find(uid)) entries_.set_misnamed(uid, is_misnamed(*known));
}

void MailboxState::on(const record::Header& r) {
    if (header_.mailbox_id.empty()) header_ = r;
}

void MailboxState::on(const record::Bounds& r) {
    bounds_ = r;
    closed_ = false;
    uid_next_ = std::max(uid_next_, r.uid_next);
    if (r.modseq_next < kModSeqLimit) modseq_next_ = std::max(modseq_next_, r.modseq_next);
}

void MailboxState::on(const record::Closed&) {
    closed_ = true;
}

void MailboxState::on(const record::Floor& r) {
    if (r.modseq >= kModSeqLimit) return;
    floor_ = std::max(floor_, r.modseq);
    floor_uid_ = std::max(floor_uid_, r.uid);
    // The directories are not what they were.
    const auto cleared = cleared_for_certain();
    scanned_ = {};
    scanned_.cleared = cleared;
    used(r.modseq);
}

/// A power cut brings back files whose removal was not on disk: those of the last expunges.
ModSeq MailboxState::cleared_for_certain() const noexcept {
    auto cleared = scanned_.cleared;
    for (auto grave = expunged_.rbegin(); grave != expunged_.rend(); ++grave) {
        if (grave->time < expunged_.back().time - kOnDiskAfter) break;
        cleared = std::min(cleared, grave->modseq - 1);
    }
    return cleared;
}

ModSeq MailboxState::last_removal(ModSeq before) const noexcept {
    const auto at = std::find_if(expunged_.rbegin(), expunged_.rend(), [before](const Expunged& grave) {
        return grave.modseq < before && by_owner(grave.reason);
    });
    return at == expunged_.rend() ? 0 : at->modseq;
}

void MailboxState::on(const record::Horizon& r) {
    if (r.modseq < kModSeqLimit) horizon_ = std::max(horizon_, r.modseq);
}

void MailboxState::on(const record::Recent& r) {
    if (r.first <= first_recent_) return;
    const auto before = std::exchange(first_recent_, r.first);
    for (const auto& known : entries_.range(before, r.first - 1)) {
        --recent_;
        entries_.set_misnamed(known.uid, is_misnamed(known));
    }
}

void MailboxState::on(const record::Added& r) {
    const auto& m = r.entry.message;
    add({m.uid, m.modseq, m.flags, m.keywords, m.internal_date, m.size_lf, m.size_crlf, r.entry.name, r.entry.where,
         r.entry.letters, m.email_id, m.uidl});
}

void MailboxState::add(const AddedFields& r) {
    if (r.uid == 0 || r.uid == UINT32_MAX || r.modseq >= kModSeqLimit) return;
    Known known;
    known.uid = r.uid;
    known.modseq = r.modseq;
    known.flags = r.flags;
    known.internal_date = r.internal_date;
    known.size_lf = r.size_lf;
    known.size_crlf = r.size_crlf;
    known.name = r.name;
    known.where = r.where;
    known.letters = r.letters;
    known.email_id = r.email_id;
    known.uidl = r.uidl;
    known.keywords = keywords_.of(r.keywords);
    known.misnamed = is_misnamed(known);
    if (!entries_.add(known)) return;
    if (uids_) uids_->insert(r.uid);
    if (!expunged_keys_.empty()) expunged_keys_.erase(key_of(r.name));
    count(known, 1);
    if (r.uid >= uid_next_) uid_next_ = r.uid + 1;
    used(r.modseq);
    log(r.modseq, r.uid);
}

void MailboxState::on(const record::FlagsChanged& r) {
    if (r.modseq >= kModSeqLimit) return;
    used(r.modseq);
    // Messages with the same keywords have the same ones afterwards.
    std::unordered_map<KeywordSet, KeywordSet> changed;
    each(r.uids, [&](const Known& known) {
        const auto [set, fresh] = changed.try_emplace(known.keywords, 0);
        if (fresh) set->second = keywords_.changed(known.keywords, r.clear_keywords, r.add_keywords, r.remove_keywords);
        count(known, -1);
        const auto flags = static_cast<Flags>((known.flags & ~r.remove) | r.add);
        entries_.set_flags(known.uid, flags, set->second, std::max(known.modseq, r.modseq));
        count(*entries_.find(known.uid), 1);
        judge_name(known.uid);
        log(r.modseq, known.uid);
    });
}

void MailboxState::bury(const record::Removed& r, Expunged expunged) {
    if (expunged_uids_.contains(expunged.uid)) return;
    expunged.modseq = r.modseq;
    expunged.time = r.time;
    expunged.reason = r.reason;
    expunged_.push_back(std::move(expunged));
    const auto& grave = expunged_.back();
    expunged_uids_.emplace(grave.uid, &grave);
    if (!grave.key.empty() && !entries_.has_key(grave.key)) {
        expunged_keys_.erase(grave.key);
        expunged_keys_.emplace(grave.key, &grave);
    }
}

/// Of messages whose own records are not in the journal any more.
void MailboxState::bury_named(const record::Removed& r) {
    std::size_t index = 0;
    for (const auto& [first, last] : r.uids) {
        for (std::uint64_t uid = first; uid <= last && index < r.keys.size(); ++uid) {
            Expunged grave;
            grave.uid = static_cast<Uid>(uid);
            grave.key = r.keys[index++];
            if (!entries_.contains(grave.uid)) bury(r, std::move(grave));
            if (uid < UINT32_MAX && uid >= uid_next_) uid_next_ = static_cast<Uid>(uid + 1);
        }
    }
}

void MailboxState::on(const record::Removed& r) {
    if (r.modseq >= kModSeqLimit) return;
    // Kept by MODSEQ: what comes out of order is sense damaged.
    if (!expunged_.empty() && r.modseq < expunged_.back().modseq) return;
    used(r.modseq);
    if (!r.keys.empty()) return bury_named(r);
    each(r.uids, [&](const Known& known) {
        Expunged grave;
        grave.uid = known.uid;
        grave.key = key_of(known.name);
        auto last = std::make_shared<Entry>(entry(known));
        last->message.modseq = told_modseq(known);
        grave.last = std::move(last);
        count(known, -1);
        entries_.remove(known.uid);
        bury(r, std::move(grave));
    });
    uids_.reset();
}

void MailboxState::on(const record::Seen& r) {
    const bool one = r.uids.size() == 1 && r.uids.front().first == r.uids.front().last;
    each(r.uids, [&](const Known& known) {
        entries_.set_place(known.uid, r.where, r.letters);
        if (one && !r.name.empty()) entries_.set_name(known.uid, r.name);
        judge_name(known.uid);
    });
}

const UidView& MailboxState::uids() const {
    if (!uids_) {
        uids_.emplace();
        for (const auto& known : entries_) uids_->insert(known.uid);
    }
    return *uids_;
}

void MailboxState::put_numbers(FolderStatus& status) const {
    status.mailbox_id = header_.mailbox_id;
    status.uid_validity = header_.uid_validity;
    status.messages = static_cast<std::uint32_t>(entries_.size());
    status.unseen = unseen_;
    status.recent = recent_;
    status.bytes = bytes_;
    status.bytes_crlf = bytes_crlf_;
    status.deleted = deleted_;
    status.deleted_bytes = deleted_bytes_;
    status.uid_next = uid_next_;
    status.highest_modseq = highest_modseq();
    status.looked = scanned_;
}

Message MailboxState::told(const Known& known) const {
    Message m;
    tell(known, m);
    return m;
}

void MailboxState::tell(const Known& known, Message& m) const {
    m.uid = known.uid;
    m.modseq = told_modseq(known);
    m.flags = known.flags;
    if (known.keywords != 0)
        m.keywords = keywords_.names(known.keywords);
    else
        m.keywords.clear();
    m.internal_date = known.internal_date;
    m.size_lf = known.size_lf;
    m.size_crlf = known.size_crlf;
    m.email_id = known.email_id;
    m.uidl = known.uidl;
}

Entry MailboxState::entry(const Known& known) const {
    Entry out{told(known), std::string(known.name), known.where, std::string(known.letters)};
    out.message.modseq = known.modseq;
    return out;
}

const Expunged* MailboxState::find_expunged(Uid uid) const noexcept {
    const auto at = expunged_uids_.find(uid);
    return at == expunged_uids_.end() ? nullptr : at->second;
}

const Expunged* MailboxState::find_expunged_key(std::string_view key) const noexcept {
    const auto at = expunged_keys_.find(key);
    return at == expunged_keys_.end() ? nullptr : at->second;
}

std::vector<Uid> MailboxState::changed_since(ModSeq since) const {
    std::vector<Uid> uids;
    if (since < changes_from_ || since < floor_) {
        for (const auto& known : entries_)
            if (told_modseq(known) > since) uids.push_back(known.uid);
        return uids;
    }
    auto at = std::upper_bound(changes_.begin(), changes_.end(), since,
                               [](ModSeq value, const auto& change) { return value < change.first; });
    for (; at != changes_.end(); ++at)
        if (entries_.contains(at->second)) uids.push_back(at->second);
    std::sort(uids.begin(), uids.end());
    uids.erase(std::unique(uids.begin(), uids.end()), uids.end());
    return uids;
}

std::vector<std::string> MailboxState::acceptable(const std::vector<std::string>& keywords,
                                                  std::vector<std::string>* refused) const {
    std::vector<std::string> out;
    auto room = kKeywordsLimit - std::min(kKeywordsLimit, keywords_.count_in_use());
    for (const auto& keyword : keywords) {
        const auto spelling = keywords_.spelling(keyword);
        if (!spelling.empty()) {
            out.emplace_back(spelling);
        } else if (room > 0 && keyword.size() <= kKeywordSizeLimit) {
            --room;
            out.push_back(keyword);
        } else if (refused != nullptr) {
            refused->push_back(keyword);
        }
    }
    return out;
}

std::string MailboxState::snapshot(std::int64_t forget_before, const record::Header& header,
                                   const record::Bounds& limits) const {
    std::string out;
    FrameWriter frame;
    const auto flush = [&](std::size_t above) {
        if (frame.size() > above) out.append(frame.finish());
    };
    encode(frame, header);
    auto bounds = limits;
    bounds.uid_next = uid_next_;
    bounds.modseq_next = modseq_next_;
    encode(frame, bounds);
    flush(0);
    if (floor_ > 0) encode(frame, record::Floor{floor_, floor_uid_});
    if (first_recent_ > 1) encode(frame, record::Recent{first_recent_});
    encode(frame, scanned_);

    auto horizon = horizon_;
    for (const auto& grave : expunged_)
        if (grave.time < forget_before) horizon = std::max(horizon, grave.modseq);
    if (horizon > 0) encode(frame, record::Horizon{horizon});
    for (const auto& grave : expunged_) {
        if (grave.time < forget_before) continue;
        encode(frame, record::Removed{grave.modseq, {{grave.uid, grave.uid}}, grave.time, grave.reason, {grave.key}});
        flush(kFrameSplit);
    }
    for (const auto& known : entries_) {
        encode(frame, record::Added{entry(known)});
        flush(kFrameSplit);
    }
    flush(0);
    if (closed_) {
        encode(frame, record::Closed{limits.boot_id});
        flush(0);
    }
    return out;
}

}  // namespace md::store
