// tests/support/certificates.h - a certificate authority of a test's own, and what it issues
#pragma once

#include <string>

#include "net/tls.h"

namespace md::test {

class CertificateAuthority {
  public:
    CertificateAuthority();

    /// Its own certificate, to be believed.
    [[nodiscard]] const std::string& pem() const noexcept { return pem_; }
    /// A certificate for `name`, good from `from` to `to`, in days from now.
    [[nodiscard]] net::TlsIdentity issue(const std::string& name, int from = -1, int to = 1) const;

  private:
    std::string pem_;
    std::string key_pem_;
};

}  // namespace md::test
