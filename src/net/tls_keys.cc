// net/tls_keys.cc - see tls_keys.h

#include "net/tls_keys.h"

#include <openssl/pem.h>
#include <openssl/ssl.h>

#include <memory>

namespace md::net {

namespace {

struct BioDeleter {
    void operator()(BIO* bio) const noexcept { BIO_free(bio); }
};
struct CertificateDeleter {
    void operator()(X509* certificate) const noexcept { X509_free(certificate); }
};
struct KeyDeleter {
    void operator()(EVP_PKEY* key) const noexcept { EVP_PKEY_free(key); }
};
using Bio = std::unique_ptr<BIO, BioDeleter>;
using Certificate = std::unique_ptr<X509, CertificateDeleter>;

Bio reader(const std::string& text) {
    return Bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

/// The first certificate is the server's own, those behind it lead to the authority.
bool use_chain(SSL_CTX* context, const std::string& pem) {
    const auto in = reader(pem);
    const Certificate own(PEM_read_bio_X509_AUX(in.get(), nullptr, nullptr, nullptr));
    if (!own || SSL_CTX_use_certificate(context, own.get()) != 1) return false;
    SSL_CTX_clear_chain_certs(context);
    for (;;) {
        Certificate next(PEM_read_bio_X509(in.get(), nullptr, nullptr, nullptr));
        if (!next) break;
        if (SSL_CTX_add0_chain_cert(context, next.get()) != 1) return false;
        (void)next.release();  // the context's now
    }
    (void)tls_error_text();  // the end of the text is no error
    return true;
}

bool use_key(SSL_CTX* context, const std::string& pem) {
    const auto in = reader(pem);
    const std::unique_ptr<EVP_PKEY, KeyDeleter> key(PEM_read_bio_PrivateKey(in.get(), nullptr, nullptr, nullptr));
    return key && SSL_CTX_use_PrivateKey(context, key.get()) == 1;
}

}  // namespace

Result<void, TlsError> load_identity(SSL_CTX* context, const TlsIdentity& identity) {
    const auto failed = [](const std::string& what, const std::string& file) {
        return fail(TlsError{what + " " + file + ": " + tls_error_text()});
    };
    const bool in_memory = !identity.certificate_pem.empty() || !identity.key_pem.empty();
    if (in_memory ? !use_chain(context, identity.certificate_pem)
                  : SSL_CTX_use_certificate_chain_file(context, identity.certificate_file.c_str()) != 1)
        return failed("certificate", identity.certificate_file);
    if (in_memory ? !use_key(context, identity.key_pem)
                  : SSL_CTX_use_PrivateKey_file(context, identity.key_file.c_str(), SSL_FILETYPE_PEM) != 1)
        return failed("private key", identity.key_file);
    if (SSL_CTX_check_private_key(context) != 1)
        return failed("private key does not fit the certificate:", identity.key_file);
    return {};
}

}  // namespace md::net
