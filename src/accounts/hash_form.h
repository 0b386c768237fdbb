// accounts/hash_form.h - is a text the hash of a password, by its form?
#pragma once

#include <string>

namespace md::accounts {

/// A hash that crypt(3) may be asked about; none of a weak kind that it only still knows. Hashes nothing.
[[nodiscard]] bool has_hash_form(const std::string& text);

}  // namespace md::accounts
