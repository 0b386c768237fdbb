// auth/scram.h - a SCRAM proof against the verifier that is kept of a password
//
// CONTRACT
//   Pure but for OpenSSL; only the auth child calls it. Compares in constant time. A verifier that cannot be read is
//   none: the login fails as a wrong password does, and the fault is told to who keeps the log.
// RFC
//   5802 §3 (ClientProof, StoredKey, ServerSignature); 5803 §2 (form of a verifier); 7677
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace md::auth {

struct ScramKeys {
    std::uint32_t iterations = 0;
    std::string salt;
    std::string stored_key;
    std::string server_key;
};

/// "SCRAM-SHA-256$4096:salt$stored:server"; none: another scheme, or no verifier.
[[nodiscard]] std::optional<ScramKeys> read_scram_keys(std::string_view scheme, std::string_view verifier);

/// Whether `proof` shows the client's key, which hashes to the stored one.
[[nodiscard]] bool scram_proof_is_right(std::string_view scheme, const ScramKeys& keys, std::string_view auth_message,
                                        std::string_view proof);

[[nodiscard]] std::string scram_server_signature(std::string_view scheme, const ScramKeys& keys,
                                                 std::string_view auth_message);

/// Is it a scheme of which verifiers are kept?
[[nodiscard]] bool is_scram_scheme(std::string_view scheme) noexcept;

}  // namespace md::auth
