// accounts/hash_form.cc - see hash_form.h

#include "accounts/hash_form.h"

#include <crypt.h>

namespace md::accounts {

bool has_hash_form(const std::string& text) {
    if (!text.starts_with('$') || text.find_first_of(" \t\r\n:") != std::string::npos) return false;
    const auto last = text.rfind('$');
    // "$y$j9T$SALT$HASH": a setting alone has nothing behind its salt.
    if (last == std::string::npos || text.size() - last < 20) return false;
    const int known = crypt_checksalt(text.c_str());
    return known == CRYPT_SALT_OK || known == CRYPT_SALT_METHOD_LEGACY;
}

}  // namespace md::accounts
