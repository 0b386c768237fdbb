// auth/keyed_hash.h - a password kept as something that nobody can turn back, nor try out beside this process
#pragma once

#include <string>
#include <string_view>

namespace md::auth {

/// HMAC-SHA-256 of `text` under `key`.
[[nodiscard]] std::string keyed_hash(std::string_view key, std::string_view text);

}  // namespace md::auth
