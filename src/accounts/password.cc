// accounts/password.cc - see password.h

#include "accounts/password.h"

#include <crypt.h>
#include <gsasl.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <cerrno>
#include <cstdlib>
#include <memory>
#include <optional>

#include "base/encoding.h"
#include "base/error.h"
#include "base/ids.h"
#include "base/strings.h"

namespace md::accounts {

namespace {

constexpr std::size_t kSaltSize = 16;

enum class Use : std::uint8_t { store, query };

/// A password that is wiped when it goes.
struct Wiped {
    std::string text;

    Wiped() = default;
    explicit Wiped(std::string_view from) : text(from) {}
    Wiped(const Wiped&) = delete;
    Wiped& operator=(const Wiped&) = delete;
    ~Wiped() { wipe(text); }
};

/// SASLprep into `out`; false where it refuses.
bool prepare(std::string_view password, Use use, Wiped& out) {
    if (password.empty() || password.find('\0') != std::string_view::npos) return false;
    const Wiped terminated(password);
    char* prepared = nullptr;
    const auto flags = use == Use::query ? GSASL_ALLOW_UNASSIGNED : static_cast<Gsasl_saslprep_flags>(0);
    if (gsasl_saslprep(terminated.text.c_str(), flags, &prepared, nullptr) != GSASL_OK) return false;
    out.text = prepared;
    OPENSSL_cleanse(prepared, out.text.size());
    gsasl_free(prepared);
    return !out.text.empty() && out.text.size() < CRYPT_MAX_PASSPHRASE_SIZE;
}

/// crypt(3) of a prepared password; none: the setting is no hash.
std::optional<std::string> crypt_of(const Wiped& prepared, const std::string& setting) {
    const auto data = std::make_unique<crypt_data>();
    const char* hash = crypt_rn(prepared.text.c_str(), setting.c_str(), data.get(), sizeof(crypt_data));
    std::optional<std::string> out;
    if (hash != nullptr && hash[0] != '*') out = hash;
    OPENSSL_cleanse(data.get(), sizeof(crypt_data));
    return out;
}

std::string new_hash(const Wiped& prepared, unsigned cost) {
    char setting[CRYPT_GENSALT_OUTPUT_SIZE];
    if (crypt_gensalt_rn("$y$", cost, nullptr, 0, setting, sizeof(setting)) == nullptr)
        throw SystemError("crypt_gensalt", "yescrypt", errno);
    auto hash = crypt_of(prepared, setting);
    if (!hash) throw SystemError("crypt", "yescrypt", errno);
    return std::move(*hash);
}

std::string hmac(const EVP_MD* digest, const std::string& key, std::string_view text) {
    unsigned char out[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    if (HMAC(digest, key.data(), static_cast<int>(key.size()), reinterpret_cast<const unsigned char*>(text.data()),
             text.size(), out, &size) == nullptr)
        throw SystemError("HMAC", "OpenSSL", EIO);
    return {reinterpret_cast<char*>(out), size};
}

std::string hash_of(const EVP_MD* digest, const std::string& text) {
    unsigned char out[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    if (EVP_Digest(text.data(), text.size(), out, &size, digest, nullptr) != 1)
        throw SystemError("EVP_Digest", "OpenSSL", EIO);
    return {reinterpret_cast<char*>(out), size};
}

}  // namespace

/// RFC 5802 §3: SaltedPassword, ClientKey, StoredKey, ServerKey; RFC 5803 §2: how they are written.
std::string scram_verifier(std::string_view scheme, std::string_view prepared, std::string_view salt,
                           unsigned iterations) {
    const auto* digest = scheme == "SCRAM-SHA-1" ? EVP_sha1() : EVP_sha256();
    Wiped salted;
    salted.text.resize(static_cast<std::size_t>(EVP_MD_get_size(digest)));
    if (PKCS5_PBKDF2_HMAC(prepared.data(), static_cast<int>(prepared.size()),
                          reinterpret_cast<const unsigned char*>(salt.data()), static_cast<int>(salt.size()),
                          static_cast<int>(iterations), digest, static_cast<int>(salted.text.size()),
                          reinterpret_cast<unsigned char*>(salted.text.data())) != 1)
        throw SystemError("PKCS5_PBKDF2_HMAC", "OpenSSL", EIO);
    Wiped client_key;
    client_key.text = hmac(digest, salted.text, "Client Key");
    const auto stored_key = hash_of(digest, client_key.text);
    const auto server_key = hmac(digest, salted.text, "Server Key");
    return std::string(scheme) + "$" + std::to_string(iterations) + ":" + base64_encode(salt) + "$" +
           base64_encode(stored_key) + ":" + base64_encode(server_key);
}

Result<Secret, PasswordFault> make_secret(std::string_view password, const HashCost& cost) {
    Wiped prepared;
    if (password.empty()) return fail(PasswordFault{"the password is empty"});
    if (!prepare(password, Use::store, prepared))
        return fail(PasswordFault{
            "the password holds what SASLprep (RFC 4013) refuses, such as a control or broken UTF-8, or is "
            "longer than 511 octets"});
    return Secret{new_hash(prepared, cost.yescrypt),
                  scram_verifier("SCRAM-SHA-256", prepared.text, random_octets(kSaltSize), cost.scram_iterations),
                  scram_verifier("SCRAM-SHA-1", prepared.text, random_octets(kSaltSize), cost.scram_iterations)};
}

Match hash_matches(std::string_view hash, std::string_view password) {
    const std::string setting(hash);
    if (setting.empty() || crypt_checksalt(setting.c_str()) == CRYPT_SALT_INVALID) return Match::not_a_hash;
    Wiped prepared;
    if (!prepare(password, Use::query, prepared)) return Match::no;
    const auto made = crypt_of(prepared, setting);
    if (!made) return Match::not_a_hash;
    return equal_constant_time(*made, hash) ? Match::yes : Match::no;
}

void pretend_to_check(std::string_view password) {
    static const std::string setting = [] {
        char text[CRYPT_GENSALT_OUTPUT_SIZE] = "";
        (void)crypt_gensalt_rn("$y$", HashCost().yescrypt, nullptr, 0, text, sizeof(text));
        return std::string(text);
    }();
    (void)hash_matches(setting, password);
}

}  // namespace md::accounts
