// mdimapd/create.cc - CREATE (RFC 3501 §6.3.3; RFC 6154 §3: USE; RFC 8474 §4: MAILBOXID)

#include "async/worker_pool.h"
#include "mdimapd/folders.h"
#include "mdimapd/handlers.h"

namespace md::mdimapd {

async::Task<Reply> create(Session& session, imap::Command& command) {
    const auto& asked = std::get<imap::Create>(command.arguments);
    if (asked.unknown_use || !stored_uses(asked.uses)) co_return Reply::no("USEATTR", "no such special use here");
    auto& account = session.account();
    auto make = [&account, &asked] {
        account.look();
        return account.create(asked.name, *stored_uses(asked.uses));
    };
    const auto made = co_await async::offload(session.pool(), make);
    if (!made) co_return refused(made.error());
    co_return Reply::ok("MAILBOXID (" + (*made)->id() + ")", "CREATE done");
}

}  // namespace md::mdimapd
