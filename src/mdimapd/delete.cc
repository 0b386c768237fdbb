// mdimapd/delete.cc - DELETE (RFC 3501 §6.3.4)
//
// CONTRACT
//   The messages go to the undelete area. Other sessions that have the mailbox selected end; this one leaves it.

#include "async/worker_pool.h"
#include "mdimapd/folders.h"
#include "mdimapd/handlers.h"

namespace md::mdimapd {

async::Task<Reply> remove_mailbox(Session& session, imap::Command& command) {
    const auto& name = std::get<imap::Mailbox>(command.arguments).name;
    auto& account = session.account();
    auto find = [&account, &name] { return find_folder(account, name); };
    const auto found = co_await async::offload(session.pool(), find);
    auto remove = [&account, &name] { return account.remove(name); };
    const auto removed = co_await async::offload(session.pool(), remove);
    if (!removed) co_return refused(removed.error());
    if (session.is_selected() && found && session.selected().mailbox_id() == found->mailbox_id) session.deselect();
    co_return Reply::ok("DELETE done");
}

}  // namespace md::mdimapd
