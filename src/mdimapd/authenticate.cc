// mdimapd/authenticate.cc - AUTHENTICATE (RFC 3501 §6.2.2) with SASL-IR (RFC 4959)

#include "auth/sasl_dialogue.h"
#include "mdimapd/handlers.h"
#include "mdimapd/verify.h"
#include "proto/sasl/mechanism.h"

namespace md::mdimapd {

using async::Task;

namespace {

class SaslLines final : public auth::SaslClient {
  public:
    explicit SaslLines(Session& session) : session_(session) {}

    Task<std::optional<std::string>> ask(std::string challenge) override {
        imap::append_continuation(session_.out(), challenge);
        auto line = co_await session_.read_answer();
        co_return std::move(line);
    }

  private:
    Session& session_;
};

}  // namespace

Task<Reply> authenticate(Session& session, imap::Command& command) {
    const auto& given = std::get<imap::Authenticate>(command.arguments);
    if (!session.situation().may_log_in) co_return Reply::no("PRIVACYREQUIRED", "STARTTLS first");
    const auto* mechanism = sasl::find_mechanism(given.mechanism);
    if (mechanism == nullptr) co_return Reply::no("CANNOT", "unknown mechanism");
    std::optional<std::string> initial;
    // "=" is an empty response, and read as one by the grammar.
    if (given.initial_response) initial = given.initial_response->empty() ? "=" : *given.initial_response;
    SaslLines client(session);
    auth::Origin origin("imap", session.stream().peer().ip().text());
    auto attempt =
        co_await auth::log_in(*mechanism, std::move(initial), client, session.services().verifier, std::move(origin));
    if (!attempt) {
        const auto text = auth::text_of(attempt.error());
        if (attempt.error() == auth::SaslFault::for_another) co_return Reply::no("AUTHORIZATIONFAILED", text);
        co_return Reply::bad(text);
    }
    auto reply = co_await admit(session, std::move(*attempt));
    co_return reply;
}

}  // namespace md::mdimapd
