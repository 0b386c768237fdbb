// mdimapd/authenticate.cc - AUTHENTICATE (RFC 3501 §6.2.2) with SASL-IR (RFC 4959)

#include "base/encoding.h"
#include "mdimapd/handlers.h"
#include "mdimapd/verify.h"
#include "proto/sasl/mechanism.h"

namespace md::mdimapd {

using async::Task;

namespace {

std::string_view fault_text(sasl::ResponseFault fault) {
    return fault == sasl::ResponseFault::cancelled ? "login cancelled" : "the response is not base64";
}

/// The octets of a response of the client; none: `fault` says why not.
std::optional<std::string> decoded(Result<std::string, sasl::ResponseFault> response, std::string_view& fault) {
    if (response) return std::move(*response);
    fault = fault_text(response.error());
    return std::nullopt;
}

/// The challenges and responses of one mechanism; none: `fault` says what the client did wrong.
Task<std::optional<sasl::Credentials>> exchange(Session& session, const sasl::Mechanism& mechanism,
                                                std::optional<std::string> first, std::string_view& fault) {
    const auto exchange = mechanism.make();
    auto step = exchange->start(first ? std::optional<std::string_view>(*first) : std::nullopt);
    if (first) wipe(*first);
    while (const auto* challenge = std::get_if<sasl::Challenge>(&step)) {
        imap::append_continuation(session.out(), base64_encode(challenge->octets));
        auto line = co_await session.read_answer();
        if (!line) {
            fault = "no response";
            co_return std::nullopt;
        }
        auto response = decoded(sasl::decode_response(*line), fault);
        wipe(*line);
        if (!response) co_return std::nullopt;
        step = exchange->respond(*response);
        wipe(*response);
    }
    if (auto* credentials = std::get_if<sasl::Credentials>(&step)) co_return std::move(*credentials);
    fault = "the response is malformed";
    co_return std::nullopt;
}

}  // namespace

Task<Reply> authenticate(Session& session, imap::Command& command) {
    const auto& given = std::get<imap::Authenticate>(command.arguments);
    if (!session.situation().may_log_in) co_return Reply::no("PRIVACYREQUIRED", "STARTTLS first");
    const auto* mechanism = sasl::find_mechanism(given.mechanism);
    if (mechanism == nullptr) co_return Reply::no("CANNOT", "unknown mechanism");
    std::string_view fault;
    std::optional<std::string> first;
    if (given.initial_response) {
        // "=" is an empty response, and read as one by the grammar.
        first = decoded(sasl::decode_initial_response(given.initial_response->empty() ? "=" : *given.initial_response),
                        fault);
        if (!first) co_return Reply::bad(fault);
    }
    auto credentials = co_await exchange(session, *mechanism, std::move(first), fault);
    if (!credentials) co_return Reply::bad(fault);
    auto reply = co_await verify(session, std::move(*credentials));
    co_return reply;
}

}  // namespace md::mdimapd
