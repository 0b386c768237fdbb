// tests/support/scram_client.cc - see scram_client.h

#include "support/scram_client.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/encoding.h"
#include "base/strings.h"

namespace md::test {

namespace {

std::string hmac(const EVP_MD* digest, const std::string& key, std::string_view text) {
    unsigned char out[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    HMAC(digest, key.data(), static_cast<int>(key.size()), reinterpret_cast<const unsigned char*>(text.data()),
         text.size(), out, &size);
    return {reinterpret_cast<const char*>(out), size};
}

std::string attribute(std::string_view message, std::string_view name) {
    for (const auto part : split(message, ','))
        if (part.starts_with(name)) return std::string(part.substr(name.size()));
    return {};
}

}  // namespace

std::string scram_client_final(std::string_view scheme, std::string_view password, std::string_view first_bare,
                               std::string_view server_first) {
    const auto* digest = scheme == "SCRAM-SHA-1" ? EVP_sha1() : EVP_sha256();
    const auto salt = base64_decode(attribute(server_first, "s=")).value_or("");
    const auto iterations = static_cast<int>(parse_number<unsigned>(attribute(server_first, "i=")).value_or(1));
    std::string salted(static_cast<std::size_t>(EVP_MD_get_size(digest)), '\0');
    PKCS5_PBKDF2_HMAC(password.data(), static_cast<int>(password.size()),
                      reinterpret_cast<const unsigned char*>(salt.data()), static_cast<int>(salt.size()), iterations,
                      digest, static_cast<int>(salted.size()), reinterpret_cast<unsigned char*>(salted.data()));
    const auto client_key = hmac(digest, salted, "Client Key");
    unsigned char stored_key[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    EVP_Digest(client_key.data(), client_key.size(), stored_key, &size, digest, nullptr);
    const auto without_proof = "c=biws,r=" + attribute(server_first, "r=");
    std::string message(first_bare);
    message.append(",").append(server_first).append(",").append(without_proof);
    auto proof = hmac(digest, {reinterpret_cast<const char*>(stored_key), size}, message);
    for (std::size_t i = 0; i < proof.size(); ++i) proof[i] = static_cast<char>(proof[i] ^ client_key[i]);
    return without_proof + ",p=" + base64_encode(proof);
}

}  // namespace md::test
