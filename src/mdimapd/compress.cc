// mdimapd/compress.cc - COMPRESS (RFC 4978)
//
// CONTRACT
//   The tagged OK is the last thing that goes out as it is; what the client sends behind the command is compressed.

#include "base/strings.h"
#include "mdimapd/handlers.h"

namespace md::mdimapd {

async::Task<Reply> compress(Session& session, imap::Command& command) {
    const auto& given = std::get<imap::Compress>(command.arguments);
    if (!equal_nocase(given.mechanism, "DEFLATE")) co_return Reply::no("CANNOT", "DEFLATE alone is known");
    if (session.stream().compressed())
        co_return Reply::no("COMPRESSIONACTIVE", "DEFLATE is active already");  // RFC 4978 §3
    session.begin_compression();
    co_return Reply::ok("DEFLATE is active");
}

}  // namespace md::mdimapd
