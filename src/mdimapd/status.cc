// mdimapd/status.cc - STATUS (RFC 3501 §6.3.10): from the account's journal alone, no mailbox is opened

#include "async/worker_pool.h"
#include "mdimapd/handlers.h"

namespace md::mdimapd {

async::Task<Reply> status(Session& session, imap::Command& command) {
    const auto& asked = std::get<imap::Status>(command.arguments);
    auto& account = session.account();
    auto look = [&account, &asked] {
        auto found = account.status(asked.mailbox);
        if (found) return found;
        account.look();
        return account.status(asked.mailbox);
    };
    const auto found = co_await async::offload(session.services().pool, look);
    if (!found) co_return Reply::no("NONEXISTENT", "no such mailbox");
    imap::StatusValues values;
    values.messages = found->messages;
    values.recent = found->recent;
    values.uidnext = found->uid_next;
    values.uidvalidity = found->uid_validity;
    values.unseen = found->unseen;
    imap::append_status_values(session.out(), asked, values);
    co_return Reply::ok("STATUS done");
}

}  // namespace md::mdimapd
