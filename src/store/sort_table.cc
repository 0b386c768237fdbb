// store/sort_table.cc - see sort_table.h

#include "store/sort_table.h"

#include <algorithm>

#include "base/strings.h"
#include "mail/header.h"

namespace md::store {

namespace {

/// Octets of such a field that are looked at: a thousand identifiers, more than any program writes.
constexpr std::size_t kFieldLimit = 64 * 1024;

/// Of several fields of one name the first counts; of a longer one the end, where the parent stands.
void keep_first(std::string_view& kept, const mail::Field& field, std::string_view name) {
    if (!kept.empty() || !equal_nocase(field.name, name)) return;
    kept = field.value;
    if (kept.size() > kFieldLimit) kept.remove_prefix(kept.size() - kFieldLimit);
}

constexpr auto below = [](const auto& row, Uid uid) { return row.uid < uid; };

/// The first from `row` on that is not below `uid`. Mostly it is the next.
template <class Row>
Row advance(Row row, Row end, Uid uid) {
    if (row == end || row->uid >= uid) return row;
    if (++row == end || row->uid >= uid) return row;
    return std::lower_bound(row, end, uid, below);
}

}  // namespace

SortReading sort_reading(Uid uid, const HeaderSummary& summary) {
    std::string_view id, references, in_reply_to;
    mail::HeaderLimits limits;
    limits.skip_broken = true;
    mail::HeaderScanner scanner(summary.fields, limits);
    while (const auto field = scanner.next()) {
        keep_first(id, *field, "Message-ID");
        keep_first(references, *field, "References");
        keep_first(in_reply_to, *field, "In-Reply-To");
    }
    return {uid, summary.keys, mail::links_of(id, references, in_reply_to)};
}

std::vector<Uid> SortTable::missing(std::span<const Uid> uids) const {
    std::vector<Uid> out;
    const std::lock_guard lock(mutex_);
    auto row = rows_.begin();
    for (const auto uid : uids) {
        row = advance(row, rows_.end(), uid);
        if (row == rows_.end() || row->uid != uid) out.push_back(uid);
    }
    return out;
}

TextPool::Number SortTable::own_id(const std::string& id) {
    const auto number = ids_.put(id);
    if (number == 0) return 0;
    if (number > owned_.size())
        owned_.push_back(true);
    else if (!owned_[number - 1]) {
        owned_[number - 1] = true;
        --unseen_;
    }
    return number;
}

/// 0: it is one too many.
TextPool::Number SortTable::parent_id(const std::string& id) {
    const auto known = ids_.find(id);
    if (known != 0) return known;
    if (unseen_ == kUnseenLimit) return 0;
    ++unseen_;
    owned_.push_back(false);
    return ids_.put(id);
}

SortTable::Row SortTable::row_of(const SortReading& reading) {
    const auto& keys = reading.keys;
    Row row{};
    row.uid = reading.uid;
    row.has_sent = keys.sent.has_value();
    row.sent = keys.sent ? keys.sent->seconds : 0;
    row.is_reply = keys.is_reply;
    row.subject = texts_.put(keys.subject);
    row.from = texts_.put(keys.from);
    row.to = texts_.put(keys.to);
    row.cc = texts_.put(keys.cc);
    row.id = own_id(reading.links.id);
    row.parents = parents_.size();
    for (const auto& parent : reading.links.parents) {
        const auto number = parent_id(parent);
        if (number != 0) parents_.push_back(number);
    }
    row.parents_count = static_cast<std::uint16_t>(parents_.size() - row.parents);
    return row;
}

void SortTable::add(const std::vector<SortReading>& read) {
    if (read.empty()) return;
    const std::lock_guard lock(mutex_);
    // New mail comes behind all, and slices that are read side by side nearly so.
    const auto from = std::lower_bound(rows_.begin(), rows_.end(), read.front().uid, below) - rows_.begin();
    std::vector<Row> fresh;
    auto at = rows_.begin() + from;
    for (const auto& reading : read) {
        at = advance(at, rows_.end(), reading.uid);
        if (at == rows_.end() || at->uid != reading.uid) fresh.push_back(row_of(reading));
    }
    const auto old = static_cast<std::ptrdiff_t>(rows_.size());
    rows_.insert(rows_.end(), fresh.begin(), fresh.end());
    std::inplace_merge(rows_.begin() + from, rows_.begin() + old, rows_.end(),
                       [](const Row& a, const Row& b) { return a.uid < b.uid; });
    size_ = rows_.size();
    count_octets();
}

void SortTable::look(std::span<const Uid> uids, const Use& use) {
    const std::lock_guard lock(mutex_);
    texts_.rank();
    auto row = rows_.begin();
    for (std::size_t i = 0; i < uids.size(); ++i) {
        row = advance(row, rows_.end(), uids[i]);
        SortKeys keys;
        if (row != rows_.end() && row->uid == uids[i]) {
            if (row->has_sent) keys.sent = row->sent;
            keys.is_reply = row->is_reply;
            keys.subject = texts_.rank_of(row->subject);
            keys.from = texts_.rank_of(row->from);
            keys.to = texts_.rank_of(row->to);
            keys.cc = texts_.rank_of(row->cc);
            keys.id = row->id;
            keys.parents = std::span(parents_).subspan(row->parents, row->parents_count);
        }
        use(i, keys);
    }
}

void SortTable::count_octets() noexcept {
    octets_ = rows_.capacity() * sizeof(Row) + parents_.capacity() * sizeof(TextPool::Number) + texts_.octets() +
              ids_.octets() + owned_.capacity() / 8;
}

}  // namespace md::store
