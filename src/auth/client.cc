// auth/client.cc - see client.h

#include "auth/client.h"

#include <optional>
#include <utility>

#include "auth/protocol.h"
#include "base/encoding.h"

namespace md::auth {

namespace {

/// More than the longest auth.failure_delay, and a hash that waits for others.
constexpr auto kAnswerTime = std::chrono::seconds(60);

}  // namespace

async::Task<Verified> Client::verify(Login login) {
    auto payload = encode(login);
    wipe(login.password);
    const auto reply = co_await ipc_.call(kVerify, std::move(payload), kAnswerTime);
    if (!reply) co_return Verified(Verdict::unavailable, {});
    auto verified = decode_verified(reply->payload);
    if (!verified) co_return Verified(Verdict::unavailable, {});
    co_return std::move(*verified);
}

async::Task<ScramSalt> Client::scram_salt(ScramQuestion question) {
    auto payload = encode(question);
    const auto reply = co_await ipc_.call(kScramSalt, std::move(payload), kAnswerTime);
    if (!reply) co_return ScramSalt();
    auto salt = decode_scram_salt(reply->payload);
    if (!salt) co_return ScramSalt();
    co_return std::move(*salt);
}

async::Task<ScramVerified> Client::scram_verify(ScramProof proof) {
    auto payload = encode(proof);
    const auto reply = co_await ipc_.call(kScramVerify, std::move(payload), kAnswerTime);
    std::optional<ScramVerified> verified;
    if (reply) verified = decode_scram_verified(reply->payload);
    if (!verified) co_return ScramVerified(Verified(Verdict::unavailable, {}), {});
    co_return std::move(*verified);
}

}  // namespace md::auth
