// mdimapd/fetch.cc - FETCH and UID FETCH (RFC 3501 §6.4.5)
//
// CONTRACT
//   What the journal knows is answered from it, a portion of the mailbox at a time. Bodies are read on the pool and
//   sent as they are read: memory grows neither with the message nor with the mailbox. \Seen is set behind the body
//   that was sent, and told in the same response.
// DIAGNOSTICS
//   ImapBodyShort.

#include <algorithm>

#include "mdimapd/body_reader.h"
#include "mdimapd/handlers.h"

namespace md::mdimapd {

using async::Task;
using imap::FetchItem;
using Kind = imap::FetchItem::Kind;

namespace {

constexpr std::uint32_t kBatch = 500;

void append_known(imap::FetchResponse& response, const FetchItem& item, const store::Message& message, bool recent) {
    switch (item.kind) {
        case Kind::flags: response.flags(wire_flags(message.flags, recent), message.keywords); break;
        case Kind::uid: response.uid(message.uid); break;
        case Kind::rfc822_size: response.size(message.size_crlf); break;
        case Kind::internaldate: response.internal_date(imap::DateTime{message.internal_date, 0}); break;
        case Kind::body: break;
    }
}

/// One BODY item: announced, then sent in pieces. False: the message is gone.
Task<bool> send_body(Session& session, BodyReader& reader, bool opened, imap::FetchResponse& response,
                     const FetchItem& item, store::Uid uid) {
    auto& view = session.selected().view();
    auto& pool = session.services().pool;
    std::string piece;
    std::uint64_t size = 0;
    bool gone = false;
    auto begin = [&] {
        gone = !opened && !reader.open(view, uid);
        if (gone) return false;
        size = reader.start(item);
        return reader.read(piece);
    };
    auto more = co_await async::offload(pool, begin);
    if (gone) {
        response.no_body(item);
        co_return false;
    }
    response.body_header(item, size);
    session.out() += piece;
    auto go_on = [&] {
        piece.clear();
        return reader.read(piece);
    };
    while (more) {
        co_await session.relieve();
        more = co_await async::offload(pool, go_on);
        session.out() += piece;
    }
    co_await session.relieve();
    co_return true;
}

/// Sets \Seen on what was just sent; true: it was not set before.
Task<bool> set_seen(Session& session, store::Message& message) {
    auto& selected = session.selected();
    auto& view = selected.view();
    if ((message.flags & store::flag::seen) != 0 || view.read_only()) co_return false;
    store::FlagChange change;
    change.flags = store::flag::seen;
    const store::UidRanges uids{{message.uid, message.uid}};
    auto job = [&view, &uids, &change] { return view.change_flags(uids, change, true); };
    const auto result = co_await async::offload(session.services().pool, job);
    if (result.changed.empty()) co_return false;
    message.flags |= store::flag::seen;
    selected.flags_changed();
    co_return true;
}

Task<void> fetch_one(Session& session, const std::vector<FetchItem>& items, store::Message& message) {
    auto& view = session.selected().view();
    const auto sequence = view.sequence_of(message.uid);
    if (!sequence) co_return;
    const bool recent = view.is_recent(message.uid);
    const bool reads = std::any_of(items.begin(), items.end(), [](const auto& item) { return item.sets_seen; });
    session.begin_response();
    imap::FetchResponse response(session.out(), *sequence);
    BodyReader reader;
    bool opened = false;
    bool wants_flags = false;
    for (const auto& item : items) {
        wants_flags = wants_flags || item.kind == Kind::flags;
        if (item.kind == Kind::body) {
            opened = co_await send_body(session, reader, opened, response, item, message.uid);
        } else if (item.kind != Kind::flags || !reads) {
            append_known(response, item, message, recent);
        }
    }
    if (reads) {
        bool changed = false;
        if (opened) changed = co_await set_seen(session, message);
        if (changed || wants_flags) response.flags(wire_flags(message.flags, recent), message.keywords);
    }
    response.end();
    session.end_response();
    if (reader.padded()) session.log().event(Event::ImapBodyShort, session.account_name(), message.uid);
}

}  // namespace

Task<Reply> fetch(Session& session, imap::Command& command) {
    const auto& asked = std::get<imap::Fetch>(command.arguments);
    auto& view = session.selected().view();
    auto uids = session.selected().uids_of(asked.messages, command.uid);
    if (!uids) co_return Reply::bad("no such message");
    Batches batches(std::move(*uids), kBatch);
    while (!batches.done()) {
        const auto batch = batches.next();
        auto read = [&view, &batch] { return view.messages(batch); };
        auto messages = co_await async::offload(session.services().pool, read);
        for (auto& message : messages) {
            co_await fetch_one(session, asked.items, message);
            co_await session.relieve();
        }
    }
    co_return Reply::ok("FETCH done");
}

}  // namespace md::mdimapd
