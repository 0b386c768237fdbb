// auth/keyed_hash.cc - see keyed_hash.h

#include "auth/keyed_hash.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

namespace md::auth {

std::string keyed_hash(std::string_view key, std::string_view text) {
    unsigned char out[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), reinterpret_cast<const unsigned char*>(text.data()),
         text.size(), out, &size);
    return {reinterpret_cast<const char*>(out), size};
}

}  // namespace md::auth
