// auth/sasl_dialogue.cc - see sasl_dialogue.h

#include "auth/sasl_dialogue.h"

#include <utility>

#include "base/encoding.h"
#include "base/ids.h"
#include "base/strings.h"
#include "proto/sasl/scram.h"

namespace md::auth {

using async::Task;

namespace {

SaslFault fault_of(sasl::ResponseFault fault) noexcept {
    return fault == sasl::ResponseFault::cancelled ? SaslFault::cancelled : SaslFault::not_base64;
}

bool is_another(const std::string& authorization, const std::string& authentication) noexcept {
    return !authorization.empty() && !equal_nocase(authorization, authentication);
}

/// Sends a challenge and gives the response, decoded.
Task<Result<std::string, SaslFault>> exchange(std::string challenge, SaslClient& client) {
    auto words = base64_encode(challenge);
    auto line = co_await client.ask(std::move(words));
    if (!line) co_return fail(SaslFault::too_long);
    auto response = sasl::decode_response(*line);
    wipe(*line);
    if (!response) co_return fail(fault_of(response.error()));
    co_return std::move(*response);
}

Task<Result<sasl::Credentials, SaslFault>> take_password(const sasl::Mechanism& mechanism,
                                                         std::optional<std::string> first, SaslClient& client) {
    const auto dialogue = mechanism.make();
    auto step = dialogue->start(first ? std::optional<std::string_view>(*first) : std::nullopt);
    if (first) wipe(*first);
    while (auto* challenge = std::get_if<sasl::Challenge>(&step)) {
        auto response = co_await exchange(std::move(challenge->octets), client);
        if (!response) co_return fail(response.error());
        step = dialogue->respond(*response);
        wipe(*response);
    }
    auto* credentials = std::get_if<sasl::Credentials>(&step);
    if (credentials == nullptr) co_return fail(SaslFault::malformed);
    if (is_another(credentials->authorization, credentials->authentication)) co_return fail(SaslFault::for_another);
    co_return std::move(*credentials);
}

Attempt unavailable(std::string name) {
    return {std::move(name), Verified(Verdict::unavailable, {})};
}

/// RFC 5802 §5. The password is proved, never shown: each side shows the other that it knows what is made of it.
class Scram {
  public:
    Scram(std::string_view scheme, SaslClient& client, Verifier& verifier, Origin origin)
        : scheme_(scheme), client_(client), verifier_(verifier), origin_(std::move(origin)) {}

    Task<Result<Attempt, SaslFault>> run(std::optional<std::string> initial) {
        if (!initial) {
            auto asked = co_await exchange(std::string(), client_);
            if (!asked) co_return fail(asked.error());
            initial = std::move(*asked);
        }
        auto first = sasl::scram::parse_first(*initial);
        if (!first) co_return fail(SaslFault::malformed);
        if (is_another(first->authorization, first->authentication)) co_return fail(SaslFault::for_another);
        auto salt = co_await verifier_.scram_salt(question(first->authentication));
        if (salt.iterations == 0) co_return unavailable(first->authentication);
        auto attempt = co_await prove(std::move(*first), std::move(salt));
        co_return std::move(attempt);
    }

  private:
    [[nodiscard]] ScramQuestion question(const std::string& name) const {
        return {scheme_, name, origin_.protocol, origin_.peer_ip};
    }

    Task<Result<Attempt, SaslFault>> prove(sasl::scram::ClientFirst first, ScramSalt salt) {
        const auto nonce = first.nonce + base64_encode(random_octets(kNonceSize));
        const auto server_first = sasl::scram::server_first(nonce, salt.salt, salt.iterations);
        auto response = co_await exchange(server_first, client_);
        if (!response) co_return fail(response.error());
        const auto last = sasl::scram::parse_final(*response);
        if (!last || last->nonce != nonce || last->channel_binding != first.gs2_header)
            co_return fail(SaslFault::malformed);
        ScramProof proof(question(first.authentication), sasl::scram::auth_message(first, server_first, *last),
                         last->proof);
        auto answer = co_await verifier_.scram_verify(std::move(proof));
        if (answer.verified.verdict == Verdict::accepted) {
            const auto done = co_await exchange(sasl::scram::server_final(answer.server_signature), client_);
            if (!done) co_return fail(done.error());
            if (!done->empty()) co_return fail(SaslFault::malformed);
        }
        co_return Attempt(std::move(first.authentication), std::move(answer.verified));
    }

    static constexpr std::size_t kNonceSize = 18;

    std::string scheme_;
    SaslClient& client_;
    Verifier& verifier_;
    Origin origin_;
};

}  // namespace

std::string_view text_of(SaslFault fault) noexcept {
    switch (fault) {
        case SaslFault::cancelled: return "login cancelled";
        case SaslFault::not_base64: return "the response is not base64";
        case SaslFault::too_long: return "the response is too long";
        case SaslFault::for_another: return "no right to act for another account";
        case SaslFault::malformed: break;
    }
    return "the response is malformed";
}

Task<Result<Attempt, SaslFault>> log_in(const sasl::Mechanism& mechanism, std::optional<std::string> initial,
                                        SaslClient& client, Verifier& verifier, Origin origin) {
    if (initial) {
        auto decoded = sasl::decode_initial_response(*initial);
        wipe(*initial);
        if (!decoded) co_return fail(fault_of(decoded.error()));
        *initial = std::move(*decoded);
    }
    if (mechanism.make == nullptr) {
        Scram scram(mechanism.name, client, verifier, std::move(origin));
        auto attempt = co_await scram.run(std::move(initial));
        co_return std::move(attempt);
    }
    auto credentials = co_await take_password(mechanism, std::move(initial), client);
    if (!credentials) co_return fail(credentials.error());
    auto attempt = co_await log_in(std::move(*credentials), verifier, std::move(origin));
    co_return std::move(attempt);
}

Task<Attempt> log_in(sasl::Credentials credentials, Verifier& verifier, Origin origin) {
    Login login(credentials.authentication, std::move(credentials.password), std::move(origin.protocol),
                std::move(origin.peer_ip));
    auto verified = co_await verifier.verify(std::move(login));
    co_return Attempt(std::move(credentials.authentication), std::move(verified));
}

}  // namespace md::auth
