// net/tls_keys.cc - see tls_keys.h

#include "net/tls_keys.h"

#include <openssl/ssl.h>

namespace md::net {

Result<void, TlsError> load_identity(SSL_CTX* context, const TlsIdentity& identity) {
    const auto failed = [](const std::string& what, const std::string& file) {
        return fail(TlsError{what + " " + file + ": " + tls_error_text()});
    };
    if (SSL_CTX_use_certificate_chain_file(context, identity.certificate_file.c_str()) != 1)
        return failed("certificate", identity.certificate_file);
    if (SSL_CTX_use_PrivateKey_file(context, identity.key_file.c_str(), SSL_FILETYPE_PEM) != 1)
        return failed("private key", identity.key_file);
    if (SSL_CTX_check_private_key(context) != 1)
        return failed("private key does not fit the certificate:", identity.key_file);
    return {};
}

}  // namespace md::net
