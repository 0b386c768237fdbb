// mdimapd/unselect.cc - UNSELECT (RFC 3691): leaves the mailbox, and expunges nothing

#include "mdimapd/handlers.h"

namespace md::mdimapd {

async::Task<Reply> unselect(Session& session, imap::Command&) {
    session.deselect();
    co_return Reply::ok("UNSELECT done");
}

}  // namespace md::mdimapd
