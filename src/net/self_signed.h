// net/self_signed.h - a certificate for an instance that has none yet
#pragma once

#include <string>

namespace md::net {

struct SelfSigned {
    std::string certificate_pem;
    std::string key_pem;
};

/// ECDSA P-256, valid ten years from yesterday, for `hostname`, localhost and 127.0.0.1; SystemError if OpenSSL cannot.
[[nodiscard]] SelfSigned make_self_signed(const std::string& hostname);

}  // namespace md::net
