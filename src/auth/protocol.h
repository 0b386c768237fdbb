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

/// "auth-mdimapd.sock"
[[nodiscard]] std::string socket_name(std::string_view daemon);

[[nodiscard]] std::string encode(const Login& login);
[[nodiscard]] std::optional<Login> decode_login(std::string_view payload);
[[nodiscard]] std::string encode(const Verified& verified);
[[nodiscard]] std::optional<Verified> decode_verified(std::string_view payload);

}  // namespace md::auth
