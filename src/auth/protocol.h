// auth/protocol.h - what a session asks the auth child of its daemon
//
// CONTRACT
//   Pure: codecs of the payloads of ipc frames on auth-DAEMON.sock. What cannot be read is none; a malformed question
//   fails alone.
// FORMAT
//   doc/formats/auth.md
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "auth/verifier.h"

namespace md::auth {

inline constexpr std::uint16_t kVerify = 1;
inline constexpr std::uint16_t kScramSalt = 2;
inline constexpr std::uint16_t kScramVerify = 3;

/// "auth-mdimapd.sock"
[[nodiscard]] std::string socket_name(std::string_view daemon);

[[nodiscard]] std::string encode(const Login& login);
[[nodiscard]] std::optional<Login> decode_login(std::string_view payload);
[[nodiscard]] std::string encode(const Verified& verified);
[[nodiscard]] std::optional<Verified> decode_verified(std::string_view payload);

[[nodiscard]] std::string encode(const ScramQuestion& question);
[[nodiscard]] std::optional<ScramQuestion> decode_scram_question(std::string_view payload);
[[nodiscard]] std::string encode(const ScramSalt& salt);
[[nodiscard]] std::optional<ScramSalt> decode_scram_salt(std::string_view payload);
[[nodiscard]] std::string encode(const ScramProof& proof);
[[nodiscard]] std::optional<ScramProof> decode_scram_proof(std::string_view payload);
[[nodiscard]] std::string encode(const ScramVerified& verified);
[[nodiscard]] std::optional<ScramVerified> decode_scram_verified(std::string_view payload);

}  // namespace md::auth
