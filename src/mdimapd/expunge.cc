// mdimapd/expunge.cc - EXPUNGE (RFC 3501 §6.4.3); the EXPUNGE responses are told by the session, after it

#include "async/worker_pool.h"
#include "mdimapd/handlers.h"

namespace md::mdimapd {

async::Task<Reply> expunge(Session& session, imap::Command&) {
    auto& view = session.selected().view();
    if (view.read_only()) co_return Reply::no("READ-ONLY", "the mailbox is read-only");
    auto job = [&view] { return view.expunge(view.all()); };
    co_await async::offload(session.services().pool, job);
    co_return Reply::ok("EXPUNGE done");
}

}  // namespace md::mdimapd
