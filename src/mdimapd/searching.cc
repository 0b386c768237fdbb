// mdimapd/searching.cc - see searching.h

#include "mdimapd/searching.h"

#include <algorithm>
#include <chrono>

#include "base/clock.h"
#include "mail/charset.h"
#include "mdimapd/search_query.h"
#include "mdimapd/slices.h"
#include "proto/imap/search_response.h"
#include "store/uid_view.h"

namespace md::mdimapd {

using async::Task;
using imap::Truth;

namespace {

/// Messages whose journal data is held at once, and messages that one job reads.
constexpr std::uint32_t kBatch = 1000;
constexpr std::size_t kSlice = 16;
/// After such a silence the client hears that the search goes on.
constexpr std::chrono::seconds kSilence(10);

Found found_of(const store::Message& message) {
    return {message.uid, message.modseq, message.internal_date, message.size_crlf};
}

/// One batch: first by the journal, then by reading those that it leaves open. Appends in the order of the mailbox.
Task<void> find_in(Session& session, const Query& query, store::UidRanges batch, std::vector<Found>& found) {
    auto& view = session.selected().view();
    std::vector<store::Message> messages;
    std::vector<Truth> answers;
    std::vector<std::size_t> open;
    auto by_journal = [&] {
        messages = view.messages(batch);
        answers.reserve(messages.size());
        for (std::size_t i = 0; i < messages.size(); ++i) {
            answers.push_back(query.ask(messages[i]));
            if (answers.back() == Truth::unknown) open.push_back(i);
        }
    };
    co_await async::offload(session.services().pool, by_journal);
    const SliceWork by_reading = [&](std::size_t first, std::size_t last) {
        for (auto i = first; i < last; ++i) answers[open[i]] = imap::truth(query.read_and_ask(messages[open[i]]));
    };
    if (!open.empty()) co_await in_slices(session.services().pool, open.size(), kSlice, by_reading);
    for (std::size_t i = 0; i < messages.size(); ++i)
        if (answers[i] == Truth::yes) found.push_back(found_of(messages[i]));
}

/// Sends a word where the client has heard nothing for long; a client that has gone is found out by that.
class Patience {
  public:
    Task<void> show(Session& session) {
        const auto now = std::chrono::steady_clock::now();
        if (now - last_ < kSilence) co_return;
        last_ = now;
        imap::append_status(session.out(), "*", imap::Condition::ok, "", "still searching");
        co_await session.send();
    }

  private:
    std::chrono::steady_clock::time_point last_ = std::chrono::steady_clock::now();
};

std::string charset_list() {
    std::string list = "BADCHARSET (";
    for (const auto name : mail::charset_names()) list.append(name).append(1, ' ');
    list.back() = ')';
    return list;
}

/// What MIN and MAX alone mean, else all (RFC 5182 §2.4; RFC 4731 §3.2 for MODSEQ).
std::vector<Found> told_of(const imap::SearchReturn& wanted, const std::vector<Found>& found) {
    if (found.empty() || wanted.all || wanted.count || (!wanted.min && !wanted.max)) return found;
    std::vector<Found> ends;
    if (wanted.min) ends.push_back(found.front());
    if (wanted.max) ends.push_back(found.back());
    return ends;
}

store::ModSeq highest(const std::vector<Found>& found) {
    store::ModSeq modseq = 0;
    for (const auto& one : found) modseq = std::max(modseq, one.modseq);
    return modseq;
}

bool asks_modseq(const imap::Search& search) {
    return std::any_of(search.program.begin(), search.program.end(),
                       [](const auto& key) { return key.kind == imap::SearchKey::Kind::modseq; });
}

void append_item(std::string& out, std::string_view name, std::uint64_t number) {
    out.append(1, ' ').append(name).append(1, ' ').append(std::to_string(number));
}

}  // namespace

std::optional<Reply> refuse_charset(const imap::Search& search) {
    if (!search.charset || mail::known_charset(*search.charset)) return std::nullopt;
    return Reply::no(charset_list(), "the charset is not known");
}

Task<std::vector<Found>> find_messages(Session& session, const imap::Search& search) {
    auto& selected = session.selected();
    const Query query(search, selected, unix_seconds(session.services().clock.now()));
    // RFC 5182 §2.1: a search that fails leaves "$" empty.
    if (search.saves()) selected.save({});
    if (asks_modseq(search)) session.enable(Feature::condstore);
    std::vector<Found> found;
    Patience patience;
    Batches batches(selected.view().all(), kBatch);
    while (!batches.done()) {
        auto batch = batches.next();
        co_await find_in(session, query, std::move(batch), found);
        co_await patience.show(session);
    }
    co_return found;
}

std::vector<std::uint32_t> numbers_of(Session& session, const std::vector<Found>& found, bool uid) {
    const auto& view = session.selected().view();
    std::vector<std::uint32_t> numbers;
    numbers.reserve(found.size());
    for (const auto& one : found) numbers.push_back(uid ? one.uid : view.sequence_of(one.uid).value_or(0));
    return numbers;
}

void save_result(Session& session, const imap::SearchReturn& wanted, const std::vector<Found>& found) {
    std::vector<store::Uid> uids;
    for (const auto& one : told_of(wanted, found)) uids.push_back(one.uid);
    session.selected().save(store::ranges_of(std::move(uids)));
}

std::optional<store::ModSeq> told_modseq(const imap::Search& search, const std::vector<Found>& found) {
    if (found.empty() || !asks_modseq(search)) return std::nullopt;
    return highest(search.wanted ? told_of(*search.wanted, found) : found);
}

Task<void> send_numbers(Session& session, std::string_view name, const std::vector<std::uint32_t>& numbers,
                        std::optional<store::ModSeq> modseq) {
    session.begin_response();
    session.out().append("* ").append(name);
    imap::NumberWriter writer(numbers);
    co_await send_all(session, writer);
    if (modseq) session.out().append(" (MODSEQ ").append(std::to_string(*modseq)).append(1, ')');
    session.out().append("\r\n");
    session.end_response();
}

Task<void> send_esearch(Session& session, const imap::Command& command, const imap::Search& search,
                        const std::vector<Found>& found) {
    const auto& wanted = *search.wanted;
    if (!wanted.responds()) co_return;
    const auto numbers = numbers_of(session, found, command.uid);
    session.begin_response();
    imap::append_esearch(session.out(), command.tag, command.uid);
    if (wanted.min && !numbers.empty()) append_item(session.out(), "MIN", numbers.front());
    if (wanted.max && !numbers.empty()) append_item(session.out(), "MAX", numbers.back());
    if (wanted.all && !numbers.empty()) {
        session.out().append(" ALL ");
        imap::SetWriter writer(numbers);
        co_await send_all(session, writer);
    }
    if (wanted.count) append_item(session.out(), "COUNT", numbers.size());
    const auto modseq = told_modseq(search, found);
    if (modseq) append_item(session.out(), "MODSEQ", *modseq);
    session.out().append("\r\n");
    session.end_response();
}

}  // namespace md::mdimapd
