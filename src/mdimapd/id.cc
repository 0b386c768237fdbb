// mdimapd/id.cc - ID (RFC 2971)
//
// CONTRACT
//   What the client tells goes to the log and nowhere else; what it is told are the rows of imap.id, and nothing that
//   would tell a version.
// DIAGNOSTICS
//   ImapClientId.

#include "base/strings.h"
#include "mdimapd/handlers.h"

namespace md::mdimapd {

namespace opt = config::opt;

namespace {

constexpr std::size_t kLoggedLength = 300;

/// "name=Thunderbird version=128.0", cut where a log line would grow too long.
std::string text_of(const imap::Id& id) {
    std::string out;
    for (const auto& [name, value] : id.fields) {
        if (out.size() > kLoggedLength) break;
        if (!out.empty()) out += ' ';
        out.append(name).append("=").append(value.value_or("NIL"));
    }
    return printable(out, kLoggedLength);
}

}  // namespace

async::Task<Reply> id(Session& session, imap::Command& command) {
    const auto& given = std::get<imap::Id>(command.arguments);
    if (!given.fields.empty()) session.log().event(Event::ImapClientId, text_of(given));
    auto& out = session.out();
    const auto& told = session.config()[opt::imap_id];
    out += "* ID ";
    char before = '(';
    for (const auto& field : told) {
        const auto equals = field.find('=');
        out += std::exchange(before, ' ');
        imap::append_string(out, field.substr(0, equals));
        out += ' ';
        imap::append_string(out, equals == std::string::npos ? "" : field.substr(equals + 1));
    }
    out += told.empty() ? "NIL\r\n" : ")\r\n";
    co_return Reply::ok("ID done");
}

}  // namespace md::mdimapd
