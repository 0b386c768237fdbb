// mdimapd/store.cc - STORE and UID STORE (RFC 3501 §6.4.6)
//
// CONTRACT
//   Without .SILENT the new flags of every message that was meant are told, changed or not, as a FETCH of them would.

#include "mdimapd/handlers.h"

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
    change.flags = stored_flags(asked.flags.bits);
    change.keywords = keyword_list(asked.flags.keywords);
    return change;
}

Task<void> tell_flags(Session& session, const store::UidRanges& uids, bool with_uid) {
    auto& view = session.selected().view();
    auto read = [&view, &uids] { return view.messages(uids); };
    const auto messages = co_await async::offload(session.services().pool, read);
    for (const auto& message : messages) {
        const auto sequence = view.sequence_of(message.uid);
        if (!sequence) continue;
        imap::FetchResponse response(session.out(), *sequence);
        if (with_uid) response.uid(message.uid);
        response.flags(wire_flags(message.flags, view.is_recent(message.uid)), message.keywords);
        response.end();
    }
    co_await session.relieve();
}

}  // namespace

Task<Reply> change_flags(Session& session, imap::Command& command) {
    const auto& asked = std::get<imap::Store>(command.arguments);
    auto& selected = session.selected();
    auto& view = selected.view();
    if (view.read_only()) co_return Reply::no("READ-ONLY", "the mailbox is read-only");
    auto uids = session.selected().uids_of(asked.messages, command.uid);
    if (!uids) co_return Reply::bad("no such message");
    const auto change = change_of(asked);
    const bool with_uid = command.uid;
    Batches batches(std::move(*uids), kBatch);
    while (!batches.done()) {
        const auto batch = batches.next();
        auto job = [&view, &batch, &change] { return view.change_flags(batch, change, true); };
        const auto result = co_await async::offload(session.services().pool, job);
        if (!result.changed.empty()) selected.flags_changed();
        if (!asked.silent) co_await tell_flags(session, batch, with_uid);
    }
    co_return Reply::ok("STORE done");
}

}  // namespace md::mdimapd
