// mdimapd/sort.cc - SORT and UID SORT (RFC 5256 §3; RETURN: RFC 5267 §3)
//
// CONTRACT
//   As searching.h. Summaries are read only where a key needs one; of a string HeaderKeys::kTextLimit octets decide.
//   Equal messages stand in the order of the mailbox.

#include <algorithm>
#include <span>

#include "mdimapd/header_summaries.h"
#include "mdimapd/searching.h"
#include "mdimapd/slices.h"

namespace md::mdimapd {

using async::Task;
using imap::SortKey;
using Kind = SortKey::Kind;

namespace {

constexpr std::size_t kSlice = 128;

/// What a message is sorted by: a number or a string for each key.
struct Entry {
    std::size_t at = 0;  ///< in what was found
    std::vector<std::int64_t> numbers;
    std::vector<std::string> strings;
};

bool needs_header(Kind kind) noexcept {
    return kind != Kind::arrival && kind != Kind::size;
}

const std::string& text_of(Kind kind, const store::HeaderKeys& keys) noexcept {
    switch (kind) {
        case Kind::cc: return keys.cc;
        case Kind::from: return keys.from;
        case Kind::to: return keys.to;
        default: return keys.subject;
    }
}

void fill_by_journal(const Found& found, const std::vector<SortKey>& keys, Entry& entry) {
    entry.numbers.resize(keys.size());
    entry.strings.resize(keys.size());
    for (std::size_t i = 0; i < keys.size(); ++i) {
        // RFC 5256 §2.2: without a sent date the internal one counts.
        if (keys[i].kind == Kind::arrival || keys[i].kind == Kind::date) entry.numbers[i] = found.internal_date;
        if (keys[i].kind == Kind::size) entry.numbers[i] = static_cast<std::int64_t>(found.size);
    }
}

void fill_by_header(const store::HeaderKeys& header, const std::vector<SortKey>& keys, Entry& entry) {
    for (std::size_t i = 0; i < keys.size(); ++i) {
        if (!needs_header(keys[i].kind)) continue;
        if (keys[i].kind != Kind::date)
            entry.strings[i] = text_of(keys[i].kind, header);
        else if (header.sent)
            entry.numbers[i] = header.sent->seconds;
    }
}

/// One slice.
void fill(store::Mailbox& mailbox, std::span<const Found> found, const std::vector<SortKey>& keys,
          std::span<Entry> entries) {
    std::vector<store::Uid> uids;
    for (std::size_t i = 0; i < found.size(); ++i) {
        uids.push_back(found[i].uid);
        fill_by_journal(found[i], keys, entries[i]);
    }
    if (std::none_of(keys.begin(), keys.end(), [](const auto& key) { return needs_header(key.kind); })) return;
    const SummaryUse use = [&](std::size_t at, const store::HeaderSummary* summary) {
        if (summary != nullptr) fill_by_header(summary->keys, keys, entries[at]);
    };
    for_each_header(mailbox, uids, use);
}

bool before(const Entry& a, const Entry& b, const std::vector<SortKey>& keys) {
    for (std::size_t i = 0; i < keys.size(); ++i) {
        auto order = a.numbers[i] <=> b.numbers[i];
        if (order == 0) order = a.strings[i] <=> b.strings[i];
        if (order != 0) return keys[i].reverse ? order > 0 : order < 0;
    }
    return a.at < b.at;
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
    auto& pool = session.services().pool;
    auto& mailbox = session.selected().view().mailbox();
    std::vector<Entry> entries(found.size());
    const SliceWork read = [&](std::size_t first, std::size_t last) {
        for (auto i = first; i < last; ++i) entries[i].at = i;
        fill(mailbox, std::span(found).subspan(first, last - first), asked.keys,
             std::span(entries).subspan(first, last - first));
    };
    co_await in_slices(pool, found.size(), kSlice, read);
    std::vector<Found> sorted;
    auto arrange = [&] {
        std::sort(entries.begin(), entries.end(),
                  [&](const auto& a, const auto& b) { return before(a, b, asked.keys); });
        sorted.reserve(entries.size());
        for (const auto& entry : entries) sorted.push_back(found[entry.at]);
    };
    co_await async::offload(pool, arrange);
    if (search.wanted) {
        co_await send_esearch(session, command, search, sorted);
        if (search.wanted->save) save_result(session, *search.wanted, sorted);
    } else {
        const auto numbers = numbers_of(session, sorted, command.uid);
        const auto modseq = told_modseq(search, sorted);
        co_await send_numbers(session, "SORT", numbers, modseq);
    }
    co_return Reply::ok("SORT done");
}

}  // namespace md::mdimapd
