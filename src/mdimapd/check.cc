// mdimapd/check.cc - CHECK (RFC 3501 §6.4.1): all that this session changed is on disk
//
// RFC 3501 leaves open what a checkpoint is; a client that asks for one may rely on it.

#include "async/worker_pool.h"
#include "mdimapd/handlers.h"

namespace md::mdimapd {

async::Task<Reply> check(Session& session, imap::Command&) {
    auto& view = session.selected().view();
    auto job = [&view] {
        view.mailbox().sync_soon();
        view.mailbox().follow_names();
    };
    co_await async::offload(session.pool(), job);
    co_return Reply::ok("CHECK done");
}

}  // namespace md::mdimapd
