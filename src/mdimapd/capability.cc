// mdimapd/capability.cc - CAPABILITY (RFC 3501 §6.1.1)

#include "mdimapd/handlers.h"

namespace md::mdimapd {

async::Task<Reply> capability(Session& session, imap::Command&) {
    imap::append_untagged(session.out(), "CAPABILITY " + imap::capabilities(session.situation()));
    co_return Reply::ok("CAPABILITY done");
}

}  // namespace md::mdimapd
