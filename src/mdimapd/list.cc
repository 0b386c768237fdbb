// mdimapd/list.cc - LIST and LSUB (RFC 3501 §6.3.8, §6.3.9; RFC 5258; RFC 5819; RFC 6154)
//
// CONTRACT
//   From the account's journal alone; list_names.h says what is shown. The look, and what it costs, is the pool's.

#include "async/worker_pool.h"
#include "mdimapd/folders.h"
#include "mdimapd/handlers.h"
#include "mdimapd/list_names.h"

namespace md::mdimapd {

using async::Task;

namespace {

Task<void> send_names(Session& session, const imap::List& asked, bool lsub) {
    auto& account = session.account();
    const auto append_limit = session.situation().append_limit;
    auto look = [&account, &asked, lsub, append_limit] {
        account.look();
        const auto listing = account.listing();
        std::vector<std::string> blocks;
        Names names(listing, asked, append_limit);
        if (lsub) {
            names.lsub(blocks);
        } else {
            names.list(blocks);
        }
        return blocks;
    };
    const auto blocks = co_await async::offload(session.services().pool, look);
    for (const auto& block : blocks) {
        session.out() += block;
        co_await session.relieve();
    }
}

}  // namespace

Task<Reply> list(Session& session, imap::Command& command) {
    const auto& asked = std::get<imap::List>(command.arguments);
    if (!asked.extended && !asked.patterns.empty() && asked.patterns.front().empty()) {
        // Asks for the separator alone.
        imap::append_list(session.out(), "LIST", "\\Noselect", "", {});
        co_return Reply::ok("LIST done");
    }
    enable_by_status(session, asked.status);
    co_await send_names(session, asked, false);
    co_return Reply::ok("LIST done");
}

Task<Reply> lsub(Session& session, imap::Command& command) {
    const auto& asked = std::get<imap::List>(command.arguments);
    co_await send_names(session, asked, true);
    co_return Reply::ok("LSUB done");
}

}  // namespace md::mdimapd
