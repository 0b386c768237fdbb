// mdimapd/select.cc - SELECT and EXAMINE (RFC 3501 §6.3.1, §6.3.2), with CONDSTORE and QRESYNC (RFC 7162 §3.1.8,
// §3.2.5)
//
// CONTRACT
//   The mailbox selected before is left even if this one cannot be had. The session is registered for wake-ups before
//   the view is taken, so that nothing falls between. HIGHESTMODSEQ and MAILBOXID (RFC 8474 §4.2) are told to everyone.

#include <algorithm>
#include <memory>
#include <utility>

#include "mdimapd/folders.h"
#include "mdimapd/handlers.h"
#include "store/uid_view.h"

namespace md::mdimapd {

using async::Task;
using imap::Condition;

namespace {

void append_code(std::string& out, std::string_view code, std::uint64_t number, std::string_view text) {
    imap::append_status(out, "*", Condition::ok, std::string(code) + " " + std::to_string(number), text);
}

constexpr std::uint32_t kBatch = 1000;

/// RFC 3501 §6.3.1: FLAGS, EXISTS, RECENT, and the codes.
void append_mailbox_data(std::string& out, store::View& view) {
    append_keywords(out, view);
    imap::append_number(out, view.exists(), "EXISTS");
    imap::append_number(out, view.recent(), "RECENT");
    if (view.first_unseen()) append_code(out, "UNSEEN", *view.first_unseen(), "first unseen");
    append_code(out, "UIDVALIDITY", view.uid_validity(), "UIDs valid");
    append_code(out, "UIDNEXT", view.uid_next(), "next UID");
    append_code(out, "HIGHESTMODSEQ", view.highest_modseq(), "highest");
    imap::append_status(out, "*", Condition::ok, "MAILBOXID (" + view.mailbox().id() + ")", "of this mailbox");
}

/// RFC 7162 §3.2.5.2: the highest UID up to which the client knows of every expunge; 0: nobody knows.
/// Where a pair of number and UID is right, nothing at or below that UID went without the client's knowledge: messages
/// only leave from below. So within UIDs that stand side by side in the view all pairs are right or none is.
store::Uid known_up_to(const store::View& view, const imap::Resync& resync) {
    store::Uid best = 0;
    auto sequence = resync.match_sequence.begin();
    std::uint32_t used = 0;  // of *sequence
    for (auto [first, last] : resync.match_uids) {
        while (first <= last && sequence != resync.match_sequence.end()) {
            const auto number = sequence->first + used;
            const auto span = std::min(last - first, sequence->last - number);
            for (const auto& range : view.uids_by_uid(first, first + span))
                if (view.sequence_of(range.last) == number + (range.last - first)) best = range.last;
            used += span + 1;
            if (number + span == sequence->last) {
                ++sequence;
                used = 0;
            }
            if (first + span == last) break;
            first += span + 1;
        }
    }
    return best;
}

/// What happened since the client left, to the messages that it knows.
struct Since {
    store::UidRanges vanished;
    store::UidRanges changed;
};

Since since(store::View& view, const imap::Resync& resync) {
    store::UidRanges known{{1, UINT32_MAX}};
    if (resync.known) {
        known.clear();
        for (const auto& [first, last] : *resync.known) known.push_back({first, last});
    }
    Since out;
    out.changed = view.changed_since(known, resync.modseq);
    const auto settled = known_up_to(view, resync);
    std::erase_if(known, [settled](const store::UidRange& range) { return range.last <= settled; });
    if (!known.empty()) known.front().first = std::max(known.front().first, settled + 1);
    out.vanished = view.vanished(known, resync.modseq);
    return out;
}

/// "Semantically equivalent to UID FETCH known-uids (FLAGS) (CHANGEDSINCE modseq VANISHED)" (RFC 7162 §3.2.5.1).
Task<void> tell_since(Session& session, store::View& view, const imap::Resync& resync) {
    auto& pool = session.pool();
    auto look = [&view, &resync] { return since(view, resync); };
    auto found = co_await async::offload(pool, look);
    imap::append_vanished(session.out(), wire_ranges(found.vanished), true);
    Batches batches(std::move(found.changed), kBatch);
    while (!batches.done()) {
        const auto batch = batches.next();
        auto read = [&view, &batch] { return view.messages(batch); };
        const auto messages = co_await async::offload(pool, read);
        append_new_keywords(session.out(), view);
        for (const auto& message : messages)
            append_flags_told(session.out(), view.sequence_of(message.uid).value_or(0), view.is_recent(message.uid),
                              message, session.dialect());
        co_await session.relieve();
    }
}

/// RFC 7162 §3.2.11: what comes before it is of the mailbox that is left.
void leave_selected(Session& session) {
    if (!session.is_selected()) return;
    session.deselect();
    imap::append_status(session.out(), "*", Condition::ok, "CLOSED", "the mailbox selected before");
}

}  // namespace

Task<Reply> select(Session& session, imap::Command& command) {
    const auto& asked = std::get<imap::Select>(command.arguments);
    if (asked.resync && !session.enabled(Feature::qresync)) co_return Reply::bad("ENABLE QRESYNC first");
    leave_selected(session);
    if (asked.condstore) session.enable(Feature::condstore);
    const bool examine = command.verb == imap::Verb::examine;
    auto& pool = session.pool();
    auto open = [&session, &asked] { return open_folder(session.account(), asked.mailbox); };
    auto mailbox = co_await async::offload(pool, open);
    if (!mailbox) co_return Reply::no("NONEXISTENT", "no such mailbox");
    auto selected = std::make_unique<Selected>(session.services(), pool, std::move(mailbox));
    const auto access = examine ? store::View::Access::read_only : store::View::Access::read_write;
    co_await selected->open(access);
    auto& view = selected->view();
    append_mailbox_data(session.out(), view);
    if (asked.resync && asked.resync->uid_validity == view.uid_validity())
        co_await tell_since(session, view, *asked.resync);
    session.select(std::move(selected));
    session.entry().mailbox = asked.mailbox;
    co_return Reply::ok(examine ? "READ-ONLY" : "READ-WRITE", examine ? "EXAMINE done" : "SELECT done");
}

}  // namespace md::mdimapd
