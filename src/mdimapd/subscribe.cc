// mdimapd/subscribe.cc - SUBSCRIBE and UNSUBSCRIBE (RFC 3501 §6.3.6, §6.3.7): names, whether they are folders or not

#include "async/worker_pool.h"
#include "mdimapd/handlers.h"

namespace md::mdimapd {

async::Task<Reply> subscribe(Session& session, imap::Command& command) {
    const auto& name = std::get<imap::Mailbox>(command.arguments).name;
    const bool on = command.verb == imap::Verb::subscribe;
    auto& account = session.account();
    auto change = [&account, &name, on] { return account.subscribe(name, on); };
    const bool done = co_await async::offload(session.pool(), change);
    if (!done) co_return Reply::no("CANNOT", "no name for a mailbox, or too many subscriptions");
    co_return Reply::ok(on ? "SUBSCRIBE done" : "UNSUBSCRIBE done");
}

}  // namespace md::mdimapd
