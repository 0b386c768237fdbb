// mdimapd/list.cc - LIST and LSUB (RFC 3501 §6.3.8, §6.3.9; RFC 5258; RFC 5819; RFC 6154)
//
// CONTRACT
//   From the account's journal; list_names.h says what is shown. For RETURN (STATUS) mailboxes that other programs
//   changed are opened, a few at once: others of the worker wait for none of them. All that is the pool's.

#include <optional>

#include "async/worker_pool.h"
#include "mdimapd/folders.h"
#include "mdimapd/handlers.h"
#include "mdimapd/list_names.h"

namespace md::mdimapd {

using async::Task;

namespace {

constexpr std::size_t kOpenedAtOnce = 16;

Task<void> send_names(Session& session, const imap::List& asked, bool lsub) {
    auto& account = session.account();
    const auto append_limit = session.situation().append_limit;
    store::AccountListing listing;
    std::optional<Names> names;
    std::vector<std::size_t> with_status;
    auto look = [&] {
        account.look();
        listing = account.listing();
        names.emplace(listing, asked, append_limit);
        with_status = names->with_status();
    };
    co_await async::offload(session.pool(), look);
    std::size_t next = 0;
    auto look_closer = [&] {
        for (std::size_t opened = 0; next < with_status.size() && opened < kOpenedAtOnce; ++next)
            if (account.look_at(listing.folders[with_status[next]])) ++opened;
    };
    while (next < with_status.size()) {
        co_await async::offload(session.pool(), look_closer);
        co_await session.stay();
    }
    auto tell = [&] {
        std::vector<std::string> blocks;
        if (lsub) {
            names->lsub(blocks);
        } else {
            names->list(blocks);
        }
        return blocks;
    };
    const auto blocks = co_await async::offload(session.pool(), tell);
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
