// mdimapd/select.cc - SELECT and EXAMINE (RFC 3501 §6.3.1, §6.3.2)
//
// CONTRACT
//   The mailbox selected before is left even if this one cannot be had. The session is registered for wake-ups before
//   the view is taken, so that nothing falls between.

#include <memory>
#include <utility>

#include "mdimapd/folders.h"
#include "mdimapd/handlers.h"

namespace md::mdimapd {

using async::Task;
using imap::Condition;

namespace {

void append_code(std::string& out, std::string_view code, std::uint64_t number, std::string_view text) {
    imap::append_status(out, "*", Condition::ok, std::string(code) + " " + std::to_string(number), text);
}

struct Found {
    std::optional<std::uint32_t> first_unseen;
    std::vector<std::string> keywords;
};

/// RFC 3501 §6.3.1: FLAGS, EXISTS, RECENT, and the codes.
void append_mailbox_data(std::string& out, const store::View& view, const Found& found) {
    constexpr imap::FlagBits kSettable = imap::bit(imap::Flag::answered) | imap::bit(imap::Flag::flagged) |
                                         imap::bit(imap::Flag::deleted) | imap::bit(imap::Flag::seen) |
                                         imap::bit(imap::Flag::draft);
    out += "* FLAGS ";
    imap::append_flags(out, kSettable, found.keywords);
    out += "\r\n* OK [PERMANENTFLAGS ";
    if (view.read_only()) {
        out += "()";
    } else {
        imap::append_flags(out, kSettable, found.keywords, found.keywords.size() < store::kKeywordsLimit);
    }
    out += "] kept\r\n";
    imap::append_number(out, view.exists(), "EXISTS");
    imap::append_number(out, view.recent(), "RECENT");
    if (found.first_unseen) append_code(out, "UNSEEN", *found.first_unseen, "first unseen");
    append_code(out, "UIDVALIDITY", view.uid_validity(), "UIDs valid");
    append_code(out, "UIDNEXT", view.uid_next(), "next UID");
}

}  // namespace

Task<Reply> select(Session& session, imap::Command& command) {
    session.deselect();
    const auto& name = std::get<imap::Mailbox>(command.arguments).name;
    const bool examine = command.verb == imap::Verb::examine;
    auto& pool = session.services().pool;
    auto open = [&session, &name] { return open_folder(session.account(), name); };
    auto mailbox = co_await async::offload(pool, open);
    if (!mailbox) co_return Reply::no("NONEXISTENT", "no such mailbox");
    auto selected = std::make_unique<Selected>(session.services(), std::move(mailbox));
    const auto access = examine ? store::View::Access::read_only : store::View::Access::read_write;
    co_await selected->open(access);
    auto& view = selected->view();
    auto look = [&view] { return Found{view.first_unseen(), view.keywords()}; };
    const auto found = co_await async::offload(pool, look);
    append_mailbox_data(session.out(), view, found);
    session.select(std::move(selected));
    co_return Reply::ok(examine ? "READ-ONLY" : "READ-WRITE", examine ? "EXAMINE done" : "SELECT done");
}

}  // namespace md::mdimapd
