// mdctl/certificate_file.h - what a certificate says, and whether it fits its key and a host
//
// CONTRACT
//   Pure: texts in PEM. A text that is none, or of a kind that OpenSSL does not know, is a fault in words.
// RFC
//   5280; 6125 §6.4 (names)
#pragma once

#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace md::mdctl {

struct CertificateFacts {
    std::vector<std::string> names;  ///< DNS names and addresses that it is for
    std::string subject;
    std::string issuer;
    WallTime from;
    WallTime until;
    bool self_signed = false;
};

/// Of the first certificate in the text.
[[nodiscard]] Result<CertificateFacts, std::string> read_certificate(const std::string& pem);

/// What is wrong with the pair for that host at that time; empty: nothing. `key_pem` empty: the key is not looked at.
[[nodiscard]] std::vector<std::string> certificate_faults(const std::string& pem, const std::string& key_pem,
                                                          const std::string& host, WallTime now);

}  // namespace md::mdctl
