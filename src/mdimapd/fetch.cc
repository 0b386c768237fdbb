// mdimapd/fetch.cc - FETCH and UID FETCH (RFC 3501 §6.4.5): which messages, a portion at a time
//
// CONTRACT
//   What journal and cache know is answered from them; fetch_message.cc writes the answer for one message. Memory grows
//   neither with the message nor with the mailbox, and between two portions other sessions have their turn. A message
//   that is gone although this session was not told yet is answered as far as it is known, and the command with NO
//   [EXPUNGEISSUED] (RFC 5530 §3).
// RFC
//   3501 §6.4.5, §6.4.8; 3516; 7162 §3.1.4 (CHANGEDSINCE), §3.2.6 (VANISHED); 8474 §5

#include <algorithm>
#include <optional>
#include <span>
#include <string>
#include <utility>
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

/// Small messages that are asked for together are read together, up to so much of them.
constexpr std::uint64_t kReadAhead = 512 << 10;
constexpr std::uint64_t kReadWhole = 64 << 10;

/// Messages of one batch, and of the first of those not answered yet the summaries and the contents.
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
        if (at_ == summaries_end()) read_summaries();
        if (at_ == contents_end()) read_contents();
    }

    [[nodiscard]] bool done() const noexcept { return at_ == messages_.size(); }
    [[nodiscard]] bool needs_more() const noexcept { return at_ == summaries_end() || at_ == contents_end(); }
    [[nodiscard]] FetchedMessage next() {
        const auto at = at_++;
        return {messages_[at], summaries_[at - first_summary_], std::move(contents_[at - first_content_])};
    }

  private:
    [[nodiscard]] std::size_t summaries_end() const noexcept { return first_summary_ + summaries_.size(); }
    [[nodiscard]] std::size_t contents_end() const noexcept { return first_content_ + contents_.size(); }

    void read_summaries() {
        first_summary_ = at_;
        const auto wanted = plan_.summaries();
        if (wanted.header || wanted.body)
            summaries_ = view_.mailbox().summaries(std::span(uids_).subspan(at_), wanted);
        else
            summaries_ = std::vector<store::MessageSummary>(messages_.size() - at_);
    }

    void read_contents() {
        first_content_ = at_;
        contents_.clear();
        if (!plan_.reads_files()) contents_.resize(messages_.size() - at_);
        std::uint64_t octets = 0;
        for (auto at = at_; octets < kReadAhead && contents_end() < messages_.size(); ++at) {
            contents_.push_back(read_content(messages_[at]));
            if (contents_.back()) octets += contents_.back()->content.size();
        }
    }

    /// None: it is large, gone, or cannot be read, which is found out when it is its turn.
    std::optional<ReadMessage> read_content(const store::Message& message) {
        if (message.size_lf > kReadWhole) return std::nullopt;
        try {
            const auto opened = view_.open(message.uid);
            if (!opened || opened->size > kReadWhole) return std::nullopt;
            ReadMessage read{std::string(static_cast<std::size_t>(opened->size), '\0'), opened->size_crlf};
            read.content.resize(opened->file->read_at(0, read.content.data(), read.content.size()));
            return read;
        } catch (const SystemError&) {
            return std::nullopt;
        }
    }

    store::View& view_;
    const FetchPlan& plan_;
    std::vector<store::Message> messages_;
    std::vector<store::Uid> uids_;
    std::vector<store::MessageSummary> summaries_;
    std::vector<std::optional<ReadMessage>> contents_;
    std::size_t first_summary_ = 0;  ///< whose the first of them is
    std::size_t first_content_ = 0;
    std::size_t at_ = 0;
};

/// `only`: there is no other, and nothing is changed: what others did can be looked at with it.
Task<void> fetch_batch(Session& session, FetchPlan& plan, const store::UidRanges& batch, bool only) {
    auto& pool = session.services().pool;
    auto& selected = session.selected();
    Portion portion(selected.view(), plan);
    auto read = [&] {
        portion.read(batch);
        if (only) selected.look_ahead();
    };
    co_await async::offload(pool, read);
    append_new_keywords(session.out(), selected.view());
    auto go_on = [&portion] { portion.read_on(); };
    while (!portion.done()) {
        if (portion.needs_more()) co_await async::offload(pool, go_on);
        auto message = portion.next();
        co_await fetch_message(session, plan, message);
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
    const auto gone = co_await async::offload(session.services().pool, look);
    imap::append_vanished(session.out(), wire_ranges(gone), true);
}

/// Those of `uids` that CHANGEDSINCE leaves.
Task<store::UidRanges> changed_of(Session& session, store::UidRanges uids, store::ModSeq since) {
    auto& view = session.selected().view();
    auto look = [&view, &uids, since] { return view.changed_since(uids, since); };
    auto changed = co_await async::offload(session.services().pool, look);
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
    Batches batches(std::move(*uids), kBatch);
    for (bool first = true; !batches.done(); first = false) {
        const auto batch = batches.next();
        const bool only = first && batches.done() && !plan.sets_seen();
        co_await fetch_batch(session, plan, batch, only);
    }
    if (plan.unknown_encoding) co_return Reply::no("UNKNOWN-CTE", "a part has an encoding that is not known");
    if (plan.gone) co_return Reply::no("EXPUNGEISSUED", "some of these messages are gone");
    co_return Reply::ok("FETCH done");
}

}  // namespace md::mdimapd
