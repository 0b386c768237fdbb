// store/mailbox_state.cc - see mailbox_state.h

#include "store/mailbox_state.h"

#include <algorithm>

#include "base/strings.h"
#include "store/maildir_name.h"
#include "store/uid_view.h"

namespace md::store {

namespace {

constexpr std::size_t kChangesKept = 65'536;
constexpr ModSeq kModSeqLimit = ModSeq{1} << 63;  // RFC 7162 §3.1: 63 bits
constexpr std::size_t kSnapshotFrame = 1U << 20;

std::string_view key_of(const Entry& entry) {
    const auto name = parse_maildir_name(entry.name);
    return name ? name->key : std::string_view();
}

void add_keyword(std::vector<std::string>& keywords, const std::string& keyword) {
    for (const auto& have : keywords)
        if (equal_nocase(have, keyword)) return;
    keywords.insert(std::upper_bound(keywords.begin(), keywords.end(), keyword), keyword);
}

void remove_keyword(std::vector<std::string>& keywords, const std::string& keyword) {
    std::erase_if(keywords, [&](const std::string& have) { return equal_nocase(have, keyword); });
}

}  // namespace

void MailboxState::apply(std::string_view payload) {
    RecordReader records(payload);
    while (const auto raw = records.next())
        if (const auto record = decode(*raw)) apply(*record);
}

void MailboxState::apply(const MailboxRecord& record) {
    std::visit([this](const auto& r) { on(r); }, record);
}

template <class Do>
void MailboxState::each(const UidRanges& ranges, Do action) {
    for (const auto& [first, last] : ranges) {
        for (auto at = entries_.lower_bound(first); at != entries_.end() && at->first <= last;) {
            auto& entry = at->second;
            ++at;  // the action may remove the entry
            action(entry);
        }
    }
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

void MailboxState::count_keyword(const std::string& keyword, int sign) {
    auto& [spelling, uses] = keywords_[lower(keyword)];
    if (spelling.empty()) spelling = keyword;
    uses += static_cast<std::uint32_t>(sign);
    if (uses == 0) keywords_.erase(lower(keyword));
}

/// Adds the message to the sums, or with -1 takes it out.
void MailboxState::count(const Entry& entry, int sign) {
    const auto& m = entry.message;
    if ((m.flags & flag::seen) == 0) unseen_ += static_cast<std::uint32_t>(sign);
    bytes_ += sign > 0 ? m.size_lf : -m.size_lf;
    for (const auto& keyword : m.keywords) count_keyword(keyword, sign);
}

/// Out of new/ once a session has seen it, or if it has a flag to show (https://cr.yp.to/proto/maildir.html).
Where MailboxState::wanted_where(const Entry& entry) const noexcept {
    const bool seen = entry.message.uid < first_recent_ || !wanted_letters(entry).empty();
    return seen ? Where::in_cur : entry.where;
}

std::string MailboxState::wanted_letters(const Entry& entry) {
    const auto& keywords = entry.message.keywords;
    const bool forwarded = std::any_of(keywords.begin(), keywords.end(),
                                       [](const std::string& keyword) { return equal_nocase(keyword, "$Forwarded"); });
    return letters_of(entry.message.flags, forwarded, entry.letters);
}

void MailboxState::judge_name(const Entry& entry) {
    const auto uid = entry.message.uid;
    if (wanted_where(entry) == entry.where && wanted_letters(entry) == entry.letters) {
        misnamed_.erase(uid);
    } else {
        misnamed_.insert(uid);
    }
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
    scanned_ = {};  // the directories are not what they were
    used(r.modseq);
}

void MailboxState::on(const record::Horizon& r) {
    if (r.modseq < kModSeqLimit) horizon_ = std::max(horizon_, r.modseq);
}

void MailboxState::on(const record::Recent& r) {
    if (r.first <= first_recent_) return;
    const auto before = first_recent_;
    first_recent_ = r.first;
    each({{before, r.first - 1}}, [&](const Entry& entry) { judge_name(entry); });
}

void MailboxState::on(const record::Added& r) {
    const auto uid = r.entry.message.uid;
    const auto key = key_of(r.entry);
    if (uid == 0 || uid == UINT32_MAX || key.empty() || by_key_.contains(key) || r.entry.message.modseq >= kModSeqLimit)
        return;
    const auto [at, fresh] = entries_.try_emplace(uid, r.entry);
    if (!fresh) return;
    std::vector<std::string> keywords;
    for (const auto& keyword : r.entry.message.keywords) add_keyword(keywords, keyword);
    at->second.message.keywords = std::move(keywords);
    by_key_.emplace(key_of(at->second), uid);
    expunged_keys_.erase(key);
    count(at->second, 1);
    judge_name(at->second);
    if (uid >= uid_next_) uid_next_ = uid + 1;
    used(r.entry.message.modseq);
    log(r.entry.message.modseq, uid);
}

void MailboxState::change(Entry& entry, const record::FlagsChanged& r) {
    count(entry, -1);
    auto& m = entry.message;
    m.flags = static_cast<Flags>((m.flags & ~r.remove) | r.add);
    if (r.clear_keywords) m.keywords.clear();
    for (const auto& keyword : r.remove_keywords) remove_keyword(m.keywords, keyword);
    for (const auto& keyword : r.add_keywords) add_keyword(m.keywords, keyword);
    m.modseq = std::max(m.modseq, r.modseq);
    count(entry, 1);
    judge_name(entry);
    log(r.modseq, m.uid);
}

void MailboxState::on(const record::FlagsChanged& r) {
    if (r.modseq >= kModSeqLimit) return;
    used(r.modseq);
    each(r.uids, [&](Entry& entry) { change(entry, r); });
}

void MailboxState::bury(const record::Removed& r, Expunged expunged) {
    if (expunged_uids_.contains(expunged.uid)) return;
    expunged.modseq = r.modseq;
    expunged.time = r.time;
    expunged.reason = r.reason;
    expunged_.push_back(std::move(expunged));
    const auto& grave = expunged_.back();
    expunged_uids_.emplace(grave.uid, &grave);
    if (!grave.key.empty() && !by_key_.contains(grave.key)) {
        expunged_keys_.erase(grave.key);
        expunged_keys_.emplace(grave.key, &grave);
    }
}

void MailboxState::on(const record::Removed& r) {
    if (r.modseq >= kModSeqLimit) return;
    // Kept by MODSEQ: what comes out of order is sense damaged.
    if (!expunged_.empty() && r.modseq < expunged_.back().modseq) return;
    used(r.modseq);
    if (!r.keys.empty()) {
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
        return;
    }
    each(r.uids, [&](Entry& entry) {
        Expunged grave;
        grave.uid = entry.message.uid;
        grave.key = key_of(entry);
        count(entry, -1);
        by_key_.erase(key_of(entry));
        const auto uid = grave.uid;
        auto last = std::make_shared<Entry>(entry);
        last->message.modseq = std::max(entry.message.modseq, floor_);
        grave.last = std::move(last);
        entries_.erase(uid);
        misnamed_.erase(uid);
        bury(r, std::move(grave));
    });
}

void MailboxState::on(const record::Seen& r) {
    each(r.uids, [&](Entry& entry) {
        entry.where = r.where;
        entry.letters = r.letters;
        judge_name(entry);
        if (r.name.empty() || r.uids.size() != 1 || r.uids.front().first != r.uids.front().last) return;
        const auto name = parse_maildir_name(r.name);
        if (!name || name->key != key_of(entry)) return;
        const auto uid = entry.message.uid;
        by_key_.erase(key_of(entry));
        entry.name = r.name;
        by_key_.emplace(key_of(entry), uid);
    });
}

std::uint32_t MailboxState::recent() const noexcept {
    return static_cast<std::uint32_t>(std::distance(entries_.lower_bound(first_recent_), entries_.end()));
}

const Entry* MailboxState::find(Uid uid) const noexcept {
    const auto at = entries_.find(uid);
    return at == entries_.end() ? nullptr : &at->second;
}

const Entry* MailboxState::find_key(std::string_view key) const noexcept {
    const auto at = by_key_.find(key);
    return at == by_key_.end() ? nullptr : find(at->second);
}

Message MailboxState::told(const Entry& entry) const {
    auto message = entry.message;
    message.modseq = std::max(message.modseq, floor_);
    return message;
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
        for (const auto& [uid, entry] : entries_)
            if (std::max(entry.message.modseq, floor_) > since) uids.push_back(uid);
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

std::vector<std::string> MailboxState::keywords() const {
    std::vector<std::string> out;
    for (const auto& [key, value] : keywords_) out.push_back(value.first);
    return out;
}

std::vector<std::string> MailboxState::acceptable(const std::vector<std::string>& keywords) const {
    std::vector<std::string> out;
    auto room = kKeywordsLimit - std::min(kKeywordsLimit, keywords_.size());
    for (const auto& keyword : keywords) {
        const auto known = keywords_.find(lower(keyword));
        if (known != keywords_.end()) {
            out.push_back(known->second.first);
        } else if (room > 0 && keyword.size() <= kKeywordSizeLimit) {
            --room;
            out.push_back(keyword);
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
        flush(kSnapshotFrame);
    }
    for (const auto& [uid, entry] : entries_) {
        encode(frame, record::Added{entry});
        flush(kSnapshotFrame);
    }
    flush(0);
    if (closed_) {
        encode(frame, record::Closed{limits.boot_id});
        flush(0);
    }
    return out;
}

}  // namespace md::store
