// mdimapd/store.cc - STORE and UID STORE (RFC 3501 §6.4.6), with UNCHANGEDSINCE (RFC 7162 §3.1.3)
//
// CONTRACT
//   All messages change at once, or none. Without .SILENT the new flags of every message that was meant are told,
//   changed or not, as a FETCH of them would; with it what a client with CONDSTORE must know: the new MODSEQs. Messages
//   that UNCHANGEDSINCE kept from being changed are named in MODIFIED, and told as they are now, so that the client
//   need not ask. Numbers whose messages others have expunged get NO, but OK with .SILENT (RFC 2180 §4.2); UIDs that
//   are not there mean nothing (RFC 3501 §6.4.8). Keywords that the mailbox has no room for get NO, too, and all else
//   is done (RFC 5530 §3, LIMIT).
//   RFC 7162 §3.1.12 would have +FLAGS succeed where only other flags changed since; one MODSEQ a message cannot tell.

#include <algorithm>
#include <numeric>

#include "mdimapd/handlers.h"
#include "store/search_keys.h"
#include "store/uid_view.h"

namespace md::mdimapd {

using async::Task;

namespace {

constexpr std::uint32_t kBatch = 1000;

store::FlagChange change_of(const imap::Store& asked) {
    using How = store::FlagChange::How;
    store::FlagChange change;
    change.how = asked.mode == imap::Store::Mode::replace ? How::replace
                 : asked.mode == imap::Store::Mode::add   ? How::add
                                                          : How::remove;
    change.flags = store::stored_flags(asked.flags.bits);
    change.keywords = keyword_list(asked.flags.keywords);
    return change;
}

std::uint32_t count(const store::UidRanges& uids) {
    return std::accumulate(uids.begin(), uids.end(), std::uint32_t{0},
                           [](std::uint32_t sum, const store::UidRange& r) { return sum + (r.last - r.first + 1); });
}

/// What is told of each message of one STORE.
class Telling {
  public:
    Telling(Session& session, const imap::Command& command, const store::FlagResult& result)
        : session_(session),
          asked_(std::get<imap::Store>(command.arguments)),
          condstore_(session.enabled(Feature::condstore)),
          with_uid_(command.uid || condstore_),
          changed_(store::ranges_of(result.changed)),
          failed_(store::ranges_of(result.failed)) {}

    /// Not a message: a client with .SILENT and without CONDSTORE.
    [[nodiscard]] bool nothing() const noexcept { return asked_.silent && !condstore_; }

    void append(const store::Message& message) {
        const auto& view = session_.selected().view();
        const auto sequence = view.sequence_of(message.uid);
        if (!sequence) return;
        const bool flags = !asked_.silent || store::contains(failed_, message.uid);
        if (!flags && !asked_.unchanged_since && !store::contains(changed_, message.uid)) return;
        imap::FetchResponse response(session_.out(), *sequence);
        if (with_uid_) response.uid(message.uid);
        if (flags) response.flags(store::wire_flags(message.flags, view.is_recent(message.uid)), message.keywords);
        if (condstore_) response.modseq(message.modseq);
        response.end();
    }

  private:
    Session& session_;
    const imap::Store& asked_;
    bool condstore_;
    bool with_uid_;
    store::UidRanges changed_;
    store::UidRanges failed_;
};

Task<void> tell_all(Session& session, const imap::Command& command, const store::FlagResult& result,
                    store::UidRanges uids) {
    Telling telling(session, command, result);
    if (telling.nothing()) co_return;
    auto& view = session.selected().view();
    Batches batches(std::move(uids), kBatch);
    while (!batches.done()) {
        const auto batch = batches.next();
        auto read = [&view, &batch] { return view.messages(batch); };
        const auto messages = co_await async::offload(session.pool(), read);
        append_new_keywords(session.out(), view);
        for (const auto& message : messages) telling.append(message);
        co_await session.relieve();
    }
}

/// "MODIFIED 7,9": numbers, or UIDs for UID STORE; empty if none failed.
std::string modified(const store::View& view, const store::FlagResult& result, bool by_uid) {
    if (result.failed.empty()) return {};
    std::vector<imap::NumberRange> numbers;
    for (const auto uid : result.failed) {
        const auto number = by_uid ? uid : view.sequence_of(uid).value_or(0);
        numbers.push_back({number, number});
    }
    imap::normalise(numbers);
    std::string code = "MODIFIED ";
    imap::append_ranges(code, numbers);
    return code;
}

}  // namespace

Task<Reply> change_flags(Session& session, imap::Command& command) {
    const auto& asked = std::get<imap::Store>(command.arguments);
    auto& selected = session.selected();
    auto& view = selected.view();
    if (view.read_only()) co_return Reply::no("READ-ONLY", "the mailbox is read-only");
    const auto uids = selected.uids_of(asked.messages, command.uid);
    if (!uids) co_return Reply::bad("no such message");
    if (asked.unchanged_since) session.enable(Feature::condstore);
    const auto change = change_of(asked);
    auto job = [&] { return view.change_flags(*uids, change, true, asked.unchanged_since); };
    const auto result = co_await async::offload(session.pool(), job);
    if (!result.changed.empty()) selected.flags_changed();
    co_await tell_all(session, command, result, *uids);
    const auto code = modified(view, result, command.uid);
    if (result.met > 0 && !result.refused.empty()) {
        const auto why = "but for some keywords: " + why_refused(result.refused);
        if (code.empty()) co_return Reply::no("LIMIT", "done " + why);
        co_return Reply::no(code, "conditional STORE failed for some, and done for others " + why);
    }
    if (!command.uid && !asked.silent && result.met < count(*uids))
        co_return Reply::no(code.empty() ? "EXPUNGEISSUED" : code, "some of the messages are no longer there");
    if (code.empty()) co_return Reply::ok("STORE done");
    co_return Reply::ok(code, "conditional STORE failed for some");
}

}  // namespace md::mdimapd
