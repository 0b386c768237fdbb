// mdimapd/sort.cc - SORT and UID SORT (RFC 5256 §3; RETURN: RFC 5267 §3)
//
// CONTRACT
//   As searching.h. Headers are asked for only where a key needs them (sort_keys.h); of a string
//   HeaderKeys::kTextLimit octets decide. Equal messages stand in the order of the mailbox.

#include <algorithm>

#include "mdimapd/searching.h"
#include "mdimapd/sort_keys.h"

namespace md::mdimapd {

using async::Task;
using imap::SortKey;
using Kind = SortKey::Kind;

namespace {

bool needs_header(const SortKey& key) noexcept {
    return key.kind != Kind::arrival && key.kind != Kind::size;
}

std::int64_t value_of(Kind kind, const Found& found, const store::SortKeys& keys) noexcept {
    switch (kind) {
        case Kind::arrival: return found.internal_date;
        case Kind::size: return static_cast<std::int64_t>(found.size);
        // RFC 5256 §2.2: without a sent date the internal one counts.
        case Kind::date: return keys.sent.value_or(found.internal_date);
        case Kind::cc: return keys.cc;
        case Kind::from: return keys.from;
        case Kind::to: return keys.to;
        case Kind::subject: return keys.subject;
    }
    return 0;
}

/// What was found, and for each key a number by which it is compared; the largest first where that is asked for.
class Sorter {
  public:
    Sorter(const std::vector<SortKey>& keys, const std::vector<Found>& found)
        : keys_(keys), found_(found), values_(keys.size() * found.size()) {
        order_.reserve(found.size());
    }

    void add(std::size_t at, const store::SortKeys& keys) {
        auto* value = &values_[at * keys_.size()];
        for (const auto& key : keys_) {
            const auto number = value_of(key.kind, found_[at], keys);
            *value++ = key.reverse ? ~number : number;
        }
        order_.push_back({values_[at * keys_.size()], at});
    }

    [[nodiscard]] std::vector<Found> sorted() {
        std::sort(order_.begin(), order_.end(), [this](const auto& a, const auto& b) { return before(a, b); });
        std::vector<Found> out;
        out.reserve(order_.size());
        for (const auto& place : order_) out.push_back(found_[place.at]);
        return out;
    }

  private:
    /// The first of its values stands here, too: mostly it decides.
    struct Place {
        std::int64_t first;
        std::size_t at;
    };

    [[nodiscard]] bool before(const Place& a, const Place& b) const noexcept {
        if (a.first != b.first) return a.first < b.first;
        for (std::size_t i = 1; i < keys_.size(); ++i) {
            const auto one = values_[a.at * keys_.size() + i], other = values_[b.at * keys_.size() + i];
            if (one != other) return one < other;
        }
        return a.at < b.at;
    }

    const std::vector<SortKey>& keys_;
    const std::vector<Found>& found_;
    std::vector<std::int64_t> values_;  ///< of each message, by key
    std::vector<Place> order_;
};

Task<std::vector<Found>> sorted(Session& session, const std::vector<SortKey>& keys, const std::vector<Found>& found) {
    std::shared_ptr<store::SortTable> table;
    const auto uids = uids_of(found);
    if (std::any_of(keys.begin(), keys.end(), needs_header)) {
        auto filled = co_await sort_table_of(session, uids);
        table = std::move(filled);
    }
    auto arrange = [&] {
        Sorter sorter(keys, found);
        const store::SortTable::Use add = [&](std::size_t at, const store::SortKeys& of) { sorter.add(at, of); };
        if (table)
            table->look(uids, add);
        else
            for (std::size_t i = 0; i < found.size(); ++i) sorter.add(i, {});
        return sorter.sorted();
    };
    auto out = co_await async::offload(session.searching_pool(), arrange);
    co_return out;
}

}  // namespace

Task<Reply> sort(Session& session, imap::Command& command) {
    const auto& asked = std::get<imap::Sort>(command.arguments);
    const auto& search = asked.search;
    auto refusal = refuse_charset(search);
    if (refusal) {
        if (search.saves()) session.selected().save({});
        co_return *std::move(refusal);
    }
    const auto found = co_await find_messages(session, search);
    const auto in_order = co_await sorted(session, asked.keys, found);
    if (search.wanted) {
        co_await send_esearch(session, command, search, in_order);
        if (search.wanted->save) save_result(session, *search.wanted, in_order);
    } else {
        const auto numbers = numbers_of(session, in_order, command.uid);
        const auto modseq = told_modseq(search, in_order);
        co_await send_numbers(session, "SORT", numbers, modseq);
    }
    co_return Reply::ok("SORT done");
}

}  // namespace md::mdimapd
