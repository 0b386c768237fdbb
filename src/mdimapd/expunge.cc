// mdimapd/expunge.cc - EXPUNGE (RFC 3501 §6.4.3) and UID EXPUNGE (RFC 4315 §2.1); what went is told by the session,
// after it

#include "async/worker_pool.h"
#include "mdimapd/handlers.h"

namespace md::mdimapd {

async::Task<Reply> expunge(Session& session, imap::Command& command) {
    const auto& asked = std::get<imap::Expunge>(command.arguments);
    auto& view = session.selected().view();
    if (view.read_only()) co_return Reply::no("READ-ONLY", "the mailbox is read-only");
    const auto uids =
        asked.uids ? session.selected().uids_of(*asked.uids, true).value_or(store::UidRanges()) : view.all();
    auto job = [&view, &uids] { return view.expunge(uids); };
    co_await async::offload(session.pool(), job);
    co_return Reply::ok("EXPUNGE done");
}

}  // namespace md::mdimapd
