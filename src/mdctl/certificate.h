// mdctl/certificate.h - a self-signed certificate for a new instance
#pragma once

#include <string>

namespace md::mdctl {

struct KeyAndCertificate {
    std::string key_pem;
    std::string certificate_pem;
};

/// ECDSA P-256, ten years, for the host name, localhost and the loopback addresses. Throws SystemError.
[[nodiscard]] KeyAndCertificate self_signed(const std::string& hostname);

}  // namespace md::mdctl
