// auth/scram_login.cc - the auth child's part of a SCRAM login; see password_verifier.h
//
// CONTRACT
//   An account that is not there, or of which no verifier is kept, has a salt all the same: made from its name under a
//   key that outlives this process and is common to all auth children, so that who asks twice, or elsewhere, is told
//   the same. Its proofs are wrong ones. Nothing is kept between the two questions.
// RFC
//   5802 §3, §9 (what the salt tells)

#include <utility>

#include "accounts/name.h"
#include "async/loop.h"
#include "auth/keyed_hash.h"
#include "auth/password_verifier.h"
#include "auth/scram.h"
#include "base/bytes.h"

namespace md::auth {

using async::Task;

namespace {

constexpr std::size_t kSaltSize = 16;

}  // namespace

/// What of an account a SCRAM login needs.
struct PasswordVerifier::ScramKnown {
    std::string why;  ///< not empty: could not be looked up
    std::optional<accounts::Account> account;
    ScramKeys keys;
    bool usable = false;  ///< the keys are the account's, not made up
};

PasswordVerifier::ScramKnown PasswordVerifier::look_up_scram(const ScramQuestion& question) const {
    ScramKnown known;
    const auto name = accounts::parse_name(question.account);
    if (name) {
        auto found = directory_.find(*name);
        if (!found) {
            known.why = found.error().text;
            return known;
        }
        known.account = std::move(*found);
    }
    const auto secret = secrets_.find(name.value_or(accounts::Name{}));
    const auto key = secrets_.salt_key();
    if (!secret || !key) {
        known.why = secret ? key.error().text : secret.error().text;
        return known;
    }
    std::optional<ScramKeys> keys;
    if (known.account && *secret)
        keys = read_scram_keys(question.scheme,
                               question.scheme == "SCRAM-SHA-1" ? (*secret)->scram_sha_1 : (*secret)->scram_sha_256);
    known.usable = keys.has_value();
    if (known.usable) {
        known.keys = std::move(*keys);
        return known;
    }
    std::string text;
    put_text(text, question.scheme);
    put_text(text, name ? name->text() : question.account);
    known.keys.salt = keyed_hash(*key, text).substr(0, kSaltSize);
    known.keys.iterations = scram_iterations_;
    return known;
}

Task<ScramSalt> PasswordVerifier::scram_salt(ScramQuestion question) {
    if (!is_scram_scheme(question.scheme)) co_return ScramSalt();
    if (addresses_.barred(address_key(question.peer_ip), async::Loop::current().now())) {
        co_await async::sleep_for(failure_delay_);
        co_return ScramSalt();
    }
    auto look = [&] { return look_up_scram(question); };
    auto known = co_await async::offload(pool_, look);
    if (!known.why.empty()) {
        log_.event(Event::AuthFailed, question.account, question.protocol, question.peer_ip, known.why);
        co_return ScramSalt();
    }
    co_return ScramSalt(std::move(known.keys.salt), known.keys.iterations);
}

Task<ScramVerified> PasswordVerifier::scram_verify(ScramProof proof) {
    const auto& login = proof.login;
    const auto address = address_key(login.peer_ip);
    bool may_ask = is_scram_scheme(login.scheme) && !addresses_.barred(address, async::Loop::current().now());
    ScramKnown known;
    if (may_ask) {
        auto look = [&] { return look_up_scram(login); };
        known = co_await async::offload(pool_, look);
    }
    if (!known.why.empty()) {
        log_.event(Event::AuthFailed, login.account, login.protocol, login.peer_ip, known.why);
        co_return ScramVerified(Verified(Verdict::unavailable, {}), {});
    }
    const auto name = known.account ? known.account->name.text() : std::string();
    may_ask =
        may_ask && (!accounts_.barred(name, async::Loop::current().now()) || known_addresses_.knows(name, address));
    if (!may_ask) {
        auto verified = co_await barred();
        co_return ScramVerified(std::move(verified), {});
    }
    // The proof stands for the password in the count of failures: each is another, so each counts.
    Login attempt(login.account, proof.proof, login.protocol, login.peer_ip);
    if (!known.usable || !scram_proof_is_right(login.scheme, known.keys, proof.auth_message, proof.proof)) {
        auto verified = co_await wrong(std::move(attempt), name);
        co_return ScramVerified(std::move(verified), {});
    }
    auto signature = scram_server_signature(login.scheme, known.keys, proof.auth_message);
    co_return ScramVerified(admit(attempt, *known.account), std::move(signature));
}

}  // namespace md::auth
