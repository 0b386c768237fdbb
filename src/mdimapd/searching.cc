// mdimapd/searching.cc - see searching.h

#include "mdimapd/searching.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/clock.h"
#include "mail/charset.h"
#include "mdimapd/header_summaries.h"
#include "mdimapd/search_query.h"
#include "mdimapd/slices.h"
#include "proto/imap/search_response.h"
#include "store/uid_view.h"

namespace md::mdimapd {

using async::Deadline;
using async::Task;
using imap::Truth;

namespace {

/// Messages whose journal data is held at once, and whose summaries are read at once.
constexpr std::uint32_t kBatch = 2000;
constexpr std::size_t kSummaries = 64;

Found found_of(const store::Message& message) {
    return {message.uid, message.modseq, message.internal_date, message.size_crlf};
}

/// The messages of one batch after the other, and what is known of them. Each step asks those that the one before left
/// open.
class Asking {
  public:
    explicit Asking(const Query& query) : query_(query) {}

    /// The next batch.
    void take(store::View& view, const store::UidRanges& batch) {
        view.messages(batch, messages_);
        answers_.clear();
        read_ = 0;
    }
    bool by_journal(Deadline until) {
        answers_.reserve(messages_.size());
        while (answers_.size() < messages_.size()) {
            answers_.push_back(query_.ask(messages_[answers_.size()]));
            if (std::chrono::steady_clock::now() >= until) break;
        }
        if (answers_.size() < messages_.size()) return true;
        gather_open();
        return false;
    }
    std::size_t by_summaries(store::Mailbox& mailbox, std::size_t first, std::size_t last) {
        std::vector<store::Uid> uids;
        for (auto i = first; i < last; ++i) uids.push_back(messages_[open_[i]].uid);
        const SummaryUse use = [&](std::size_t at, const store::HeaderSummary* summary) {
            const auto i = open_[first + at];
            answers_[i] = summary != nullptr ? query_.ask(messages_[i], *summary) : Truth::no;
        };
        return for_some_headers(mailbox, uids, use);
    }
    bool by_reading(Deadline until) {
        while (read_ < open_.size()) {
            const auto i = open_[read_];
            if (!reading_) reading_.emplace(query_, messages_[i]);
            answers_[i] = reading_->go_on(until);
            if (answers_[i] != Truth::unknown) {
                reading_.reset();
                ++read_;
            }
            if (std::chrono::steady_clock::now() >= until) break;
        }
        return read_ < open_.size();
    }
    void gather_open() {
        open_.clear();
        for (std::size_t i = 0; i < answers_.size(); ++i)
            if (answers_[i] == Truth::unknown) open_.push_back(i);
    }
    [[nodiscard]] std::size_t open() const noexcept { return open_.size(); }

    /// In the order of the mailbox.
    void tell(std::vector<Found>& found) const {
        for (std::size_t i = 0; i < messages_.size(); ++i)
            if (answers_[i] == Truth::yes) found.push_back(found_of(messages_[i]));
    }

  private:
    const Query& query_;
    std::vector<store::Message> messages_;
    std::vector<Truth> answers_;
    std::vector<std::size_t> open_;
    std::size_t read_ = 0;  ///< of the open ones
    std::optional<Query::Reading> reading_;
};

Task<void> find_in(Session& session, const Query& query, Asking& asking, store::UidRanges batch) {
    auto& view = session.selected().view();
    bool taken = false;
    const SliceOfTime by_journal = [&](Deadline until) {
        if (!std::exchange(taken, true)) asking.take(view, batch);
        return asking.by_journal(until);
    };
    co_await in_slices(session, by_journal);
    if (query.asks_summaries() && asking.open() > 0) {
        const SliceWork by_summaries = [&](std::size_t first, std::size_t last) {
            return asking.by_summaries(view.mailbox(), first, last);
        };
        co_await in_slices(session, asking.open(), kSummaries, by_summaries);
        asking.gather_open();
    }
    const SliceOfTime by_reading = [&](Deadline until) { return asking.by_reading(until); };
    if (asking.open() > 0) co_await in_slices(session, by_reading);
}

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
    Asking asking(query);
    Batches batches(selected.view().all(), kBatch);
    while (!batches.done()) {
        auto batch = batches.next();
        co_await find_in(session, query, asking, std::move(batch));
        asking.tell(found);
        co_await session.stay();
    }
    co_return found;
}

std::vector<store::Uid> uids_of(const std::vector<Found>& found) {
    std::vector<store::Uid> uids;
    uids.reserve(found.size());
    for (const auto& one : found) uids.push_back(one.uid);
    return uids;
}

std::vector<std::uint32_t> numbers_of(Session& session, const std::vector<Found>& found, bool uid) {
    const auto& view = session.selected().view();
    std::vector<std::uint32_t> numbers;
    numbers.reserve(found.size());
    for (const auto& one : found) numbers.push_back(uid ? one.uid : view.sequence_of(one.uid).value_or(0));
    return numbers;
}

void save_result(Session& session, const imap::SearchReturn& wanted, const std::vector<Found>& found) {
    session.selected().save(store::ranges_of(uids_of(told_of(wanted, found))));
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
