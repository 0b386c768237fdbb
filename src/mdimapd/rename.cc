// mdimapd/rename.cc - RENAME (RFC 3501 §6.3.5): the mailbox and all below it, which keep MAILBOXIDs and UIDs

#include "async/worker_pool.h"
#include "mdimapd/folders.h"
#include "mdimapd/handlers.h"

namespace md::mdimapd {

async::Task<Reply> rename(Session& session, imap::Command& command) {
    const auto& asked = std::get<imap::Rename>(command.arguments);
    auto& account = session.account();
    auto rename = [&account, &asked] { return account.rename(asked.from, asked.to); };
    const auto renamed = co_await async::offload(session.pool(), rename);
    if (!renamed) co_return refused(renamed.error());
    co_return Reply::ok("RENAME done");
}

}  // namespace md::mdimapd
