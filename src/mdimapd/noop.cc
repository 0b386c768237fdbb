// mdimapd/noop.cc - NOOP (RFC 3501 §6.1.2): what changed is told by the session, as after every command

#include "mdimapd/handlers.h"

namespace md::mdimapd {

async::Task<Reply> noop(Session&, imap::Command&) {
    co_return Reply::ok("NOOP done");
}

}  // namespace md::mdimapd
