// mdimapd/close.cc - CLOSE (RFC 3501 §6.4.2): expunges without a word, and leaves the mailbox

#include "async/worker_pool.h"
#include "mdimapd/handlers.h"

namespace md::mdimapd {

async::Task<Reply> close(Session& session, imap::Command&) {
    auto& view = session.selected().view();
    if (!view.read_only()) {
        auto job = [&view] { return view.expunge(view.all()); };
        co_await async::offload(session.pool(), job);
    }
    session.deselect();
    co_return Reply::ok("CLOSE done");
}

}  // namespace md::mdimapd
