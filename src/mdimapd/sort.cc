// mdimapd/sort.cc - SORT and UID SORT (RFC 5256 §3; RETURN: RFC 5267 §3)
//
// CONTRACT
//   As searching.h. Headers are read only where a key needs one; of a string kStringLimit octets decide. Equal messages
//   stand in the order of the mailbox.

#include <algorithm>

#include "base/strings.h"
#include "mail/address_list.h"
#include "mail/casemap.h"
#include "mail/date.h"
#include "mail/header.h"
#include "mail/subject.h"
#include "mdimapd/message_text.h"
#include "mdimapd/searching.h"
#include "mdimapd/slices.h"

namespace md::mdimapd {

using async::Task;
using imap::SortKey;
using Kind = SortKey::Kind;

namespace {

constexpr std::size_t kSlice = 64;
constexpr std::size_t kStringLimit = 1024;

/// What a message is sorted by: a number or a string for each key.
struct Entry {
    std::size_t at = 0;  ///< in what was found
    std::vector<std::int64_t> numbers;
    std::vector<std::string> strings;
};

bool needs_header(Kind kind) noexcept {
    return kind != Kind::arrival && kind != Kind::size;
}

std::string_view field_of(Kind kind) noexcept {
    switch (kind) {
        case Kind::cc: return "Cc";
        case Kind::date: return "Date";
        case Kind::from: return "From";
        case Kind::subject: return "Subject";
        case Kind::to: return "To";
        default: return {};
    }
}

/// The addr-mailbox of the first address, as an envelope has it.
std::string first_mailbox(std::string_view value) {
    mail::AddressListScanner scanner(value);
    mail::ListedAddress address;
    return scanner.next(address) ? address.mailbox : std::string();
}

std::string prepared(std::string text) {
    text = mail::casemap(text);
    if (text.size() > kStringLimit) text.resize(kStringLimit);
    return text;
}

/// The first field of each name counts.
void read_fields(std::string_view header, const std::vector<SortKey>& keys, Entry& entry) {
    std::vector<bool> done(keys.size());
    mail::HeaderScanner scanner(header);
    while (const auto field = scanner.next()) {
        for (std::size_t i = 0; i < keys.size(); ++i) {
            const auto kind = keys[i].kind;
            if (done[i] || !equal_nocase(field->name, field_of(kind))) continue;
            done[i] = true;
            if (kind == Kind::date) {
                const auto sent = mail::parse_date(field->value);
                if (sent) entry.numbers[i] = sent->seconds;
            } else if (kind == Kind::subject) {
                entry.strings[i] = prepared(mail::base_subject(field->value).text);
            } else {
                entry.strings[i] = prepared(first_mailbox(field->value));
            }
        }
    }
}

void fill(store::View& view, const Found& found, const std::vector<SortKey>& keys, bool reads, Entry& entry) {
    entry.numbers.resize(keys.size());
    entry.strings.resize(keys.size());
    for (std::size_t i = 0; i < keys.size(); ++i) {
        // RFC 5256 §2.2: without a sent date the internal one counts.
        if (keys[i].kind == Kind::arrival || keys[i].kind == Kind::date) entry.numbers[i] = found.internal_date;
        if (keys[i].kind == Kind::size) entry.numbers[i] = static_cast<std::int64_t>(found.size);
    }
    if (!reads) return;
    auto opened = view.open(found.uid);
    if (!opened) return;
    MessageText text(*std::move(opened));
    read_fields(text.header(), keys, entry);
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
    auto& view = session.selected().view();
    const bool reads =
        std::any_of(asked.keys.begin(), asked.keys.end(), [](const auto& key) { return needs_header(key.kind); });
    std::vector<Entry> entries(found.size());
    const SliceWork read = [&](std::size_t first, std::size_t last) {
        for (auto i = first; i < last; ++i) {
            entries[i].at = i;
            fill(view, found[i], asked.keys, reads, entries[i]);
        }
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
