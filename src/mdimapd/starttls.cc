// mdimapd/starttls.cc - STARTTLS (RFC 3501 §6.2.1)
//
// CONTRACT
//   The tagged OK goes out in plain text, the handshake follows, and nothing that came before it counts (RFC 3501
//   §6.2.1): the session knew nothing yet. What stood behind the command in the same read ends the session
//   (net/stream.h; threats: STARTTLS injection).

#include "mdimapd/handlers.h"

namespace md::mdimapd {

async::Task<Reply> start_tls(Session& session, imap::Command&) {
    const auto now = session.situation();
    if (now.encrypted) co_return Reply::bad("TLS is active already");
    if (!now.starttls_offered) co_return Reply::bad("STARTTLS is not offered");
    session.begin_tls();
    co_return Reply::ok("begin TLS");
}

}  // namespace md::mdimapd
