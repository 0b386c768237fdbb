// mdimapd/status.cc - STATUS (RFC 3501 §6.3.10): from the account's journal; a mailbox is opened only if another
// program changed it

#include "async/worker_pool.h"
#include "mdimapd/folders.h"
#include "mdimapd/handlers.h"

namespace md::mdimapd {

async::Task<Reply> status(Session& session, imap::Command& command) {
    const auto& asked = std::get<imap::Status>(command.arguments);
    enable_by_status(session, asked.items);
    auto& account = session.account();
    auto look = [&account, &asked] {
        auto folder = find_folder(account, asked.mailbox);
        if (folder) account.look_at(*folder);
        return folder;
    };
    const auto found = co_await async::offload(session.pool(), look);
    if (!found) co_return Reply::no("NONEXISTENT", "no such mailbox");
    imap::append_status_values(session.out(), asked, status_values(*found, session.situation().append_limit));
    co_return Reply::ok("STATUS done");
}

}  // namespace md::mdimapd
