// mdimapd/status.cc - STATUS (RFC 3501 §6.3.10): from the account's journal alone, no mailbox is opened

#include "async/worker_pool.h"
#include "mdimapd/folders.h"
#include "mdimapd/handlers.h"

namespace md::mdimapd {

async::Task<Reply> status(Session& session, imap::Command& command) {
    const auto& asked = std::get<imap::Status>(command.arguments);
    enable_by_status(session, asked.items);
    auto& account = session.account();
    auto look = [&account, &asked] { return find_folder(account, asked.mailbox); };
    const auto found = co_await async::offload(session.services().pool, look);
    if (!found) co_return Reply::no("NONEXISTENT", "no such mailbox");
    imap::append_status_values(session.out(), asked, status_values(*found, session.situation().append_limit));
    co_return Reply::ok("STATUS done");
}

}  // namespace md::mdimapd
