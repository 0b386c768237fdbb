// mdctl/certificate.cc - see certificate.h

#include "mdctl/certificate.h"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include <cerrno>
#include <memory>

#include "base/error.h"

namespace md::mdctl {

namespace {

constexpr long kLifetimeSeconds = 3650L * 86400;
constexpr long kClockSkewSeconds = 3600;
constexpr int kSerialBits = 127;  // RFC 5280 §4.1.2.2: positive, at most 20 octets

template <auto Free>
struct Deleter {
    template <class T>
    void operator()(T* object) const noexcept {
        Free(object);
    }
};

using Key = std::unique_ptr<EVP_PKEY, Deleter<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Deleter<X509_free>>;
using Extension = std::unique_ptr<X509_EXTENSION, Deleter<X509_EXTENSION_free>>;
using Bio = std::unique_ptr<BIO, Deleter<BIO_free>>;
using Number = std::unique_ptr<BIGNUM, Deleter<BN_free>>;

void require(bool worked, const char* operation) {
    if (!worked) throw SystemError(operation, "OpenSSL", EIO);
}

void extend(X509* certificate, int kind, const std::string& value) {
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
    const Extension extension(X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str()));
    require(extension && X509_add_ext(certificate, extension.get(), -1) == 1, "X509_add_ext");
}

void set_names(X509* certificate, const std::string& hostname) {
    auto* name = X509_get_subject_name(certificate);
    // A common name has at most 64 octets (RFC 5280, ub-common-name); clients read the alternative names.
    const auto common = hostname.substr(0, 64);
    require(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
                                       reinterpret_cast<const unsigned char*>(common.c_str()), -1, -1, 0) == 1 &&
                X509_set_issuer_name(certificate, name) == 1,
            "X509_NAME_add_entry_by_txt");
    extend(certificate, NID_subject_alt_name, "DNS:" + hostname + ",DNS:localhost,IP:127.0.0.1,IP:::1");
}

std::string text_of(BIO* bio) {
    char* data = nullptr;
    const long size = BIO_get_mem_data(bio, &data);
    return {data, static_cast<std::size_t>(size)};
}

}  // namespace

KeyAndCertificate self_signed(const std::string& hostname) {
    const Key key(EVP_EC_gen("P-256"));
    const Certificate certificate(X509_new());
    require(key && certificate, "EVP_EC_gen");
    const Number serial(BN_new());
    require(serial && BN_rand(serial.get(), kSerialBits, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) == 1, "BN_rand");
    require(BN_to_ASN1_INTEGER(serial.get(), X509_get_serialNumber(certificate.get())) != nullptr,
            "BN_to_ASN1_INTEGER");
    require(X509_set_version(certificate.get(), X509_VERSION_3) == 1 &&
                X509_set_pubkey(certificate.get(), key.get()) == 1 &&
                X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -kClockSkewSeconds) != nullptr &&
                X509_gmtime_adj(X509_getm_notAfter(certificate.get()), kLifetimeSeconds) != nullptr,
            "X509_new");
    set_names(certificate.get(), hostname);
    extend(certificate.get(), NID_basic_constraints, "critical,CA:FALSE");
    extend(certificate.get(), NID_key_usage, "critical,digitalSignature");
    extend(certificate.get(), NID_ext_key_usage, "serverAuth");
    require(X509_sign(certificate.get(), key.get(), EVP_sha256()) > 0, "X509_sign");

    const Bio key_text(BIO_new(BIO_s_mem()));
    const Bio certificate_text(BIO_new(BIO_s_mem()));
    require(key_text && certificate_text &&
                PEM_write_bio_PrivateKey(key_text.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) == 1 &&
                PEM_write_bio_X509(certificate_text.get(), certificate.get()) == 1,
            "PEM_write_bio");
    return {text_of(key_text.get()), text_of(certificate_text.get())};
}

}  // namespace md::mdctl
