// auth/sasl_dialogue.cc - see sasl_dialogue.h

#include "auth/sasl_dialogue.h"

#include "base/encoding.h"
#include "base/strings.h"

namespace md::auth {

using async::Task;

namespace {

SaslFault fault_of(sasl::ResponseFault fault) noexcept {
    return fault == sasl::ResponseFault::cancelled ? SaslFault::cancelled : SaslFault::not_base64;
}

}  // namespace

std::string_view text_of(SaslFault fault) noexcept {
    switch (fault) {
        case SaslFault::cancelled: return "login cancelled";
        case SaslFault::not_base64: return "the response is not base64";
        case SaslFault::too_long: return "the response is too long";
        case SaslFault::malformed: break;
    }
    return "the response is malformed";
}

Task<Result<sasl::Credentials, SaslFault>> converse(const sasl::Mechanism& mechanism,
                                                    std::optional<std::string> initial, SaslClient& client) {
    const auto exchange = mechanism.make();
    std::optional<std::string> first;
    if (initial) {
        auto decoded = sasl::decode_initial_response(*initial);
        wipe(*initial);
        if (!decoded) co_return fail(fault_of(decoded.error()));
        first = std::move(*decoded);
    }
    auto step = exchange->start(first ? std::optional<std::string_view>(*first) : std::nullopt);
    if (first) wipe(*first);
    while (const auto* challenge = std::get_if<sasl::Challenge>(&step)) {
        auto words = base64_encode(challenge->octets);
        auto line = co_await client.ask(std::move(words));
        if (!line) co_return fail(SaslFault::too_long);
        auto response = sasl::decode_response(*line);
        wipe(*line);
        if (!response) co_return fail(fault_of(response.error()));
        step = exchange->respond(*response);
        wipe(*response);
    }
    auto* credentials = std::get_if<sasl::Credentials>(&step);
    if (credentials == nullptr) co_return fail(SaslFault::malformed);
    co_return std::move(*credentials);
}

bool acts_for_another(const sasl::Credentials& credentials) noexcept {
    return !credentials.authorization.empty() && !equal_nocase(credentials.authorization, credentials.authentication);
}

}  // namespace md::auth
