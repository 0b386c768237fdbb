// mdimapd/namespace.cc - NAMESPACE (RFC 2342): one, the account's own

#include "mdimapd/handlers.h"

namespace md::mdimapd {

async::Task<Reply> name_space(Session& session, imap::Command&) {
    imap::append_untagged(session.out(), "NAMESPACE ((\"\" \"/\")) NIL NIL");
    co_return Reply::ok("NAMESPACE done");
}

}  // namespace md::mdimapd
