// auth/scram.cc - see scram.h

#include "auth/scram.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/encoding.h"
#include "base/strings.h"

namespace md::auth {

namespace {

constexpr std::string_view kSha256 = "SCRAM-SHA-256";
constexpr std::string_view kSha1 = "SCRAM-SHA-1";
constexpr std::size_t kSaltLimit = 1024;

const EVP_MD* digest_of(std::string_view scheme) {
    return scheme == kSha1 ? EVP_sha1() : EVP_sha256();
}

std::string hmac(const EVP_MD* digest, std::string_view key, std::string_view text) {
    unsigned char out[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    HMAC(digest, key.data(), static_cast<int>(key.size()), reinterpret_cast<const unsigned char*>(text.data()),
         text.size(), out, &size);
    return {reinterpret_cast<const char*>(out), size};
}

std::string hash_of(const EVP_MD* digest, std::string_view text) {
    unsigned char out[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    EVP_Digest(text.data(), text.size(), out, &size, digest, nullptr);
    return {reinterpret_cast<const char*>(out), size};
}

/// What stands before `end`, which is taken off too; none: there is no such end.
std::optional<std::string_view> take_until(std::string_view& rest, char end) {
    const auto at = rest.find(end);
    if (at == std::string_view::npos) return std::nullopt;
    const auto taken = rest.substr(0, at);
    rest.remove_prefix(at + 1);
    return taken;
}

}  // namespace

bool is_scram_scheme(std::string_view scheme) noexcept {
    return scheme == kSha256 || scheme == kSha1;
}

std::optional<ScramKeys> read_scram_keys(std::string_view scheme, std::string_view verifier) {
    const auto name = take_until(verifier, '$');
    if (!name || *name != scheme || !is_scram_scheme(scheme)) return std::nullopt;
    const auto count = take_until(verifier, ':');
    const auto salt = take_until(verifier, '$');
    const auto stored = take_until(verifier, ':');
    if (!count || !salt || !stored) return std::nullopt;
    const auto iterations = parse_number<std::uint32_t>(*count);
    auto salt_octets = base64_decode(*salt);
    auto stored_octets = base64_decode(*stored);
    auto server_octets = base64_decode(verifier);
    if (!iterations || *iterations == 0 || !salt_octets || !stored_octets || !server_octets) return std::nullopt;
    const auto size = static_cast<std::size_t>(EVP_MD_get_size(digest_of(scheme)));
    if (salt_octets->empty() || salt_octets->size() > kSaltLimit) return std::nullopt;
    if (stored_octets->size() != size || server_octets->size() != size) return std::nullopt;
    return ScramKeys{*iterations, std::move(*salt_octets), std::move(*stored_octets), std::move(*server_octets)};
}

bool scram_proof_is_right(std::string_view scheme, const ScramKeys& keys, std::string_view auth_message,
                          std::string_view proof) {
    const auto* digest = digest_of(scheme);
    auto client_key = hmac(digest, keys.stored_key, auth_message);  // ClientSignature so far
    if (proof.size() != client_key.size()) return false;
    for (std::size_t i = 0; i < proof.size(); ++i) client_key[i] = static_cast<char>(client_key[i] ^ proof[i]);
    const bool right = equal_constant_time(hash_of(digest, client_key), keys.stored_key);
    wipe(client_key);
    return right;
}

std::string scram_server_signature(std::string_view scheme, const ScramKeys& keys, std::string_view auth_message) {
    return hmac(digest_of(scheme), keys.server_key, auth_message);
}

}  // namespace md::auth
