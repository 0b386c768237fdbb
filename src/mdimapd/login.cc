// mdimapd/login.cc - LOGIN (RFC 3501 §6.2.3)

#include "mdimapd/handlers.h"
#include "mdimapd/verify.h"

namespace md::mdimapd {

async::Task<Reply> login(Session& session, imap::Command& command) {
    const auto& given = std::get<imap::Login>(command.arguments);
    if (!session.situation().may_log_in) co_return Reply::no("PRIVACYREQUIRED", "STARTTLS first");
    sasl::Credentials credentials({}, std::string(given.user), std::string(given.password));
    auto reply = co_await verify(session, std::move(credentials));
    co_return reply;
}

}  // namespace md::mdimapd
