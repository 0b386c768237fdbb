// mdimapd/fetch.cc - FETCH and UID FETCH (RFC 3501 §6.4.5): which messages, a portion at a time
//
// CONTRACT
//   What journal and cache know is answered from them; fetch_message.cc writes the answer for one message. Memory grows
//   neither with the message nor with the mailbox, and between two portions other sessions have their turn, and one
//   that is to end ends. A message that is gone although this session was not told yet is answered as far as it is
//   known, and the command with NO [EXPUNGEISSUED] (RFC 5530 §3).
// RFC
//   3501 §6.4.5, §6.4.8; 3516; 7162 §3.1.4 (CHANGEDSINCE), §3.2.6 (VANISHED); 8474 §5

#include <algorithm>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/error.h"
#include "mdimapd/fetch_message.h"
#include "mdimapd/handlers.h"

namespace md::mdimapd {

using async::Task;
using imap::FetchItem;
using Kind = imap::FetchItem::Kind;

namespace {

constexpr std::uint32_t kBatch = 500;
constexpr std::uint32_t kJournalBatch = 2'000;  // of which the journal alone is asked

/// Small messages that are asked for together are read together, up to so much of them.
constexpr std::uint64_t kReadAhead = 512 << 10;
constexpr std::uint64_t kReadWhole = 64 << 10;

std::uint64_t size_of(const std::optional<BodySource>& source) noexcept {
    if (!source) return 0;
    if (const auto* read = std::get_if<ReadMessage>(&*source)) return read->content.size();
    return std::get<store::OpenMessage>(*source).size;
}

/// Messages of one batch, and of the first of those not answered yet the summaries and what their bodies are read from.
class Portion {
  public:
    Portion(store::View& view, const FetchPlan& plan) : view_(view), plan_(plan) {}

    /// Blocks.
    void read(const store::UidRanges& batch) {
        messages_ = view_.messages(batch);
        uids_.clear();
        for (const auto& message : messages_) uids_.push_back(message.uid);
        read_on();
    }
    /// Blocks. What the next message needs, and those behind it as far as there is room.
    void read_on() {
        if (plan_.journal_alone()) return;
        if (at_ == summaries_end()) read_summaries();
        if (at_ == sources_end()) read_sources();
    }

    [[nodiscard]] bool done() const noexcept { return at_ == messages_.size(); }
    [[nodiscard]] bool needs_more() const noexcept {
        return !plan_.journal_alone() && (at_ == summaries_end() || at_ == sources_end());
    }
    [[nodiscard]] FetchedMessage next() {
        const auto at = at_++;
        if (plan_.journal_alone()) return {messages_[at], no_summary_, false, std::nullopt};
        auto source = std::move(sources_[at - first_source_]);
        return {messages_[at], summaries_[at - first_summary_], store::contains(newly_seen_, uids_[at]),
                std::move(source)};
    }
    /// What was read set \Seen on some of it.
    [[nodiscard]] bool changed_flags() const noexcept { return !newly_seen_.empty(); }

  private:
    [[nodiscard]] std::size_t summaries_end() const noexcept { return first_summary_ + summaries_.size(); }
    [[nodiscard]] std::size_t sources_end() const noexcept { return first_source_ + sources_.size(); }

    void read_summaries() {
        first_summary_ = at_;
        const auto wanted = plan_.summaries();
        if (wanted.header || wanted.body)
            summaries_ = view_.mailbox().summaries(std::span(uids_).subspan(at_), wanted);
        else
            summaries_ = std::vector<store::MessageSummary>(messages_.size() - at_);
    }

    /// As far as there are summaries, too: what of a body can be shown is known by both.
    void read_sources() {
        first_source_ = at_;
        sources_.clear();
        if (plan_.reads_files()) {
            std::uint64_t octets = 0;
            while (octets < kReadAhead && sources_end() < summaries_end()) {
                sources_.push_back(source_of(messages_[sources_end()]));
                octets += size_of(sources_.back());
            }
        } else {
            sources_.resize(summaries_end() - at_);
        }
        if (plan_.sets_seen() && !view_.read_only()) set_seen();
    }

    /// None: it is gone, or cannot be read, which is found out when it is its turn.
    std::optional<BodySource> source_of(const store::Message& message) {
        try {
            auto opened = view_.open(message.uid);
            if (!opened) return std::nullopt;
            if (opened->size > kReadWhole) return std::move(*opened);
            ReadMessage read{std::string(static_cast<std::size_t>(opened->size), '\0'), opened->size_crlf};
            read.content.resize(opened->file->read_at(0, read.content.data(), read.content.size()));
            return read;
        } catch (const SystemError&) {
            return std::nullopt;
        }
    }

    /// On all that is about to be shown, before their answers begin: these tell the flags as they are then, for others
    /// may have changed them since this command read them, and one MODSEQ is of one state (RFC 7162 §3.1.1).
    void set_seen() {
        store::UidRanges shown;
        for (auto at = first_source_; at < sources_end(); ++at) {
            const bool source = sources_[at - first_source_].has_value();
            if ((messages_[at].flags & store::flag::seen) == 0 &&
                shows_body(plan_, summaries_[at - first_summary_], source))
                shown.push_back({uids_[at], uids_[at]});
        }
        newly_seen_.clear();
        if (shown.empty()) return;
        auto at = messages_.begin() + static_cast<std::ptrdiff_t>(first_source_);
        for (auto& now : view_.set_seen(shown)) {
            newly_seen_.push_back({now.uid, now.uid});
            at = std::find_if(at, messages_.end(), [&now](const auto& message) { return message.uid == now.uid; });
            *at = std::move(now);
        }
    }

    store::View& view_;
    const FetchPlan& plan_;
    const store::MessageSummary no_summary_;
    std::vector<store::Message> messages_;
    std::vector<store::Uid> uids_;
    std::vector<store::MessageSummary> summaries_;
    std::vector<std::optional<BodySource>> sources_;
    store::UidRanges newly_seen_;    ///< those of `sources_`
    std::size_t first_summary_ = 0;  ///< whose the first of them is
    std::size_t first_source_ = 0;
    std::size_t at_ = 0;
};

void note_read(Session& session, const Portion& portion) {
    if (portion.changed_flags()) session.selected().flags_changed();
    append_new_keywords(session.out(), session.selected().view());
}

/// `only`: there is no other, and nothing is changed: what others did can be looked at with it.
Task<void> fetch_batch(Session& session, FetchPlan& plan, const store::UidRanges& batch, bool only) {
    auto& pool = session.pool();
    auto& selected = session.selected();
    Portion portion(selected.view(), plan);
    auto read = [&] {
        portion.read(batch);
        if (only) selected.look_ahead();
    };
    co_await async::offload(pool, read);
    note_read(session, portion);
    auto go_on = [&portion] { portion.read_on(); };
    while (!portion.done()) {
        if (portion.needs_more()) {
            co_await session.stay();
            co_await async::offload(pool, go_on);
            note_read(session, portion);
        }
        auto message = portion.next();
        if (plan.reads_files())
            co_await fetch_message(session, plan, message);
        else
            tell_message(session, plan, message);
        co_await session.relieve();
    }
}

/// RFC 7162 §3.2.6: first what is gone, then what has changed. "*" reaches over what is gone at the mailbox's end: the
/// client of "1:*" wants to hear of that, too. "$" has lost what is gone (RFC 5182 §2.1).
Task<void> tell_vanished(Session& session, const imap::Fetch& asked) {
    auto& view = session.selected().view();
    store::UidRanges known;
    auto set = asked.messages.resolve(std::max(view.uid_next(), store::Uid{2}) - 1);
    imap::normalise(set);
    for (const auto& range : set) known.push_back({range.first, range.last});
    auto look = [&view, &known, &asked] { return view.vanished(known, *asked.changed_since); };
    const auto gone = co_await async::offload(session.pool(), look);
    imap::append_vanished(session.out(), wire_ranges(gone), true);
}

/// Those of `uids` that CHANGEDSINCE leaves.
Task<store::UidRanges> changed_of(Session& session, store::UidRanges uids, store::ModSeq since) {
    auto& view = session.selected().view();
    auto look = [&view, &uids, since] { return view.changed_since(uids, since); };
    auto changed = co_await async::offload(session.pool(), look);
    co_return changed;
}

bool wants_modseq(const imap::Fetch& asked) noexcept {
    return std::any_of(asked.items.begin(), asked.items.end(),
                       [](const FetchItem& item) { return item.kind == Kind::modseq; });
}

}  // namespace

Task<Reply> fetch(Session& session, imap::Command& command) {
    const auto& asked = std::get<imap::Fetch>(command.arguments);
    if (asked.vanished && !session.enabled(Feature::qresync)) co_return Reply::bad("VANISHED needs ENABLE QRESYNC");
    auto uids = session.selected().uids_of(asked.messages, command.uid);
    if (!uids) co_return Reply::bad("no such message");
    if (wants_modseq(asked)) session.enable(Feature::condstore);  // RFC 7162 §3.1
    if (asked.vanished) co_await tell_vanished(session, asked);
    if (asked.changed_since) {
        auto changed = co_await changed_of(session, std::move(*uids), *asked.changed_since);
        uids = std::move(changed);
    }
    FetchPlan plan(asked.items);
    Batches batches(std::move(*uids), plan.journal_alone() ? kJournalBatch : kBatch);
    for (bool first = true; !batches.done(); first = false) {
        co_await session.stay();
        const auto batch = batches.next();
        const bool only = first && batches.done() && !plan.sets_seen();
        co_await fetch_batch(session, plan, batch, only);
    }
    if (plan.unknown_encoding) co_return Reply::no("UNKNOWN-CTE", "a part has an encoding that is not known");
    if (plan.gone) co_return Reply::no("EXPUNGEISSUED", "some of these messages are gone");
    co_return Reply::ok("FETCH done");
}

}  // namespace md::mdimapd
