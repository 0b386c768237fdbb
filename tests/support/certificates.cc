// tests/support/certificates.cc - see certificates.h

#include "support/certificates.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <ctime>
#include <memory>

#include "base/assert.h"

namespace md::test {

namespace {

using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;
using Bio = std::unique_ptr<BIO, decltype(&BIO_free)>;

constexpr long kDay = 24L * 3600;

void add_extension(X509* certificate, int nid, const std::string& value) {
    auto* extension = X509V3_EXT_conf_nid(nullptr, nullptr, nid, value.c_str());
    MD_ASSERT(extension != nullptr);
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
}

/// Without an issuer and a signature.
Certificate begin(EVP_PKEY* key, const std::string& name, int from, int to) {
    static std::uint64_t serial = 0;
    Certificate out(X509_new(), X509_free);
    X509_set_version(out.get(), X509_VERSION_3);
    ASN1_INTEGER_set_uint64(X509_get_serialNumber(out.get()),
                            static_cast<std::uint64_t>(std::time(nullptr)) + ++serial);
    X509_gmtime_adj(X509_getm_notBefore(out.get()), from * kDay);
    X509_gmtime_adj(X509_getm_notAfter(out.get()), to * kDay);
    X509_set_pubkey(out.get(), key);
    const auto* text = reinterpret_cast<const unsigned char*>(name.c_str());
    X509_NAME_add_entry_by_txt(X509_get_subject_name(out.get()), "CN", MBSTRING_UTF8, text, -1, -1, 0);
    return out;
}

template <class Write>
std::string written(Write write) {
    const Bio out(BIO_new(BIO_s_mem()), BIO_free);
    MD_ASSERT(write(out.get()) == 1);
    char* data = nullptr;
    const auto size = BIO_get_mem_data(out.get(), &data);
    return {data, static_cast<std::size_t>(size)};
}

std::string pem_of(X509* certificate) {
    return written([&](BIO* out) { return PEM_write_bio_X509(out, certificate); });
}

std::string pem_of(EVP_PKEY* key) {
    return written([&](BIO* out) { return PEM_write_bio_PrivateKey(out, key, nullptr, nullptr, 0, nullptr, nullptr); });
}

}  // namespace

CertificateAuthority::CertificateAuthority() {
    const Key key(EVP_EC_gen("P-256"), EVP_PKEY_free);
    const auto certificate = begin(key.get(), "authority of a test", -10, 10);
    X509_set_issuer_name(certificate.get(), X509_get_subject_name(certificate.get()));
    add_extension(certificate.get(), NID_basic_constraints, "critical,CA:TRUE");
    MD_ASSERT(X509_sign(certificate.get(), key.get(), EVP_sha256()) > 0);
    pem_ = pem_of(certificate.get());
    key_pem_ = pem_of(key.get());
}

net::TlsIdentity CertificateAuthority::issue(const std::string& name, int from, int to) const {
    const Bio own_in(BIO_new_mem_buf(pem_.data(), static_cast<int>(pem_.size())), BIO_free);
    const Bio key_in(BIO_new_mem_buf(key_pem_.data(), static_cast<int>(key_pem_.size())), BIO_free);
    const Certificate own(PEM_read_bio_X509(own_in.get(), nullptr, nullptr, nullptr), X509_free);
    const Key own_key(PEM_read_bio_PrivateKey(key_in.get(), nullptr, nullptr, nullptr), EVP_PKEY_free);
    const Key key(EVP_EC_gen("P-256"), EVP_PKEY_free);
    const auto certificate = begin(key.get(), name, from, to);
    X509_set_issuer_name(certificate.get(), X509_get_subject_name(own.get()));
    add_extension(certificate.get(), NID_subject_alt_name, "DNS:" + name);
    MD_ASSERT(X509_sign(certificate.get(), own_key.get(), EVP_sha256()) > 0);
    return net::TlsIdentity::from_pem(pem_of(certificate.get()), pem_of(key.get()), "test");
}

}  // namespace md::test
