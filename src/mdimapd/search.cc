// mdimapd/search.cc - SEARCH and UID SEARCH (RFC 3501 §6.4.4; 4731; 5182; 5032; 7162 §3.1.5)
//
// CONTRACT
//   As searching.h.

#include "mdimapd/searching.h"

namespace md::mdimapd {

using async::Task;

Task<Reply> search(Session& session, imap::Command& command) {
    const auto& asked = std::get<imap::Search>(command.arguments);
    auto refusal = refuse_charset(asked);
    if (refusal) {
        if (asked.saves()) session.selected().save({});
        co_return *std::move(refusal);
    }
    const auto found = co_await find_messages(session, asked);
    if (asked.wanted) {
        co_await send_esearch(session, command, asked, found);
        if (asked.wanted->save) save_result(session, *asked.wanted, found);
    } else {
        const auto numbers = numbers_of(session, found, command.uid);
        const auto modseq = told_modseq(asked, found);
        co_await send_numbers(session, "SEARCH", numbers, modseq);
    }
    co_return asked.saves() ? Reply::ok("SEARCH done, result saved") : Reply::ok("SEARCH done");
}

}  // namespace md::mdimapd
