// mdimapd/logout.cc - LOGOUT (RFC 3501 §6.1.3)

#include "mdimapd/handlers.h"

namespace md::mdimapd {

async::Task<Reply> logout(Session& session, imap::Command&) {
    session.bye("", "bye");
    co_return Reply::ok("LOGOUT done");
}

}  // namespace md::mdimapd
