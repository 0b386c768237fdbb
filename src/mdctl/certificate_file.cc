// mdctl/certificate_file.cc - see certificate_file.h

#include "mdctl/certificate_file.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <ctime>
#include <memory>

namespace md::mdctl {

namespace {

template <auto Free>
struct Deleter {
    template <class T>
    void operator()(T* object) const noexcept {
        Free(object);
    }
};

using Bio = std::unique_ptr<BIO, Deleter<BIO_free>>;
using Certificate = std::unique_ptr<X509, Deleter<X509_free>>;
using Key = std::unique_ptr<EVP_PKEY, Deleter<EVP_PKEY_free>>;
using Names = std::unique_ptr<GENERAL_NAMES, Deleter<GENERAL_NAMES_free>>;

Bio bio_of(const std::string& text) {
    return Bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

Certificate certificate_of(const std::string& pem) {
    const auto bio = bio_of(pem);
    Certificate certificate(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
    ERR_clear_error();
    return certificate;
}

/// A key with a passphrase is none: nobody is there to type it when a daemon starts.
int no_passphrase(char*, int, int, void*) {
    return 0;
}

Key key_of(const std::string& pem) {
    const auto bio = bio_of(pem);
    Key key(PEM_read_bio_PrivateKey(bio.get(), nullptr, no_passphrase, nullptr));
    ERR_clear_error();
    return key;
}

WallTime time_of(const ASN1_TIME* time) {
    std::tm broken{};
    if (ASN1_TIME_to_tm(time, &broken) != 1) return {};
    return WallTime(std::chrono::seconds(timegm(&broken)));
}

std::string text_of(const X509_NAME* name) {
    const Bio bio(BIO_new(BIO_s_mem()));
    X509_NAME_print_ex(bio.get(), name, 0, XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB);
    char* data = nullptr;
    const long size = BIO_get_mem_data(bio.get(), &data);
    return {data, static_cast<std::size_t>(size)};
}

std::string octets_of(const ASN1_STRING* text) {
    return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
            static_cast<std::size_t>(ASN1_STRING_length(text))};
}

std::vector<std::string> names_of(const X509* certificate) {
    std::vector<std::string> out;
    const Names names(
        static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
    for (int i = 0; names && i < sk_GENERAL_NAME_num(names.get()); ++i) {
        const auto* name = sk_GENERAL_NAME_value(names.get(), i);
        if (name->type == GEN_DNS) out.push_back(octets_of(name->d.dNSName));
        if (name->type != GEN_IPADD) continue;
        const auto octets = octets_of(name->d.iPAddress);
        char text[INET6_ADDRSTRLEN] = "";
        if (octets.size() != 4 && octets.size() != 16) continue;
        if (inet_ntop(octets.size() == 4 ? AF_INET : AF_INET6, octets.data(), text, sizeof(text)) != nullptr)
            out.emplace_back(text);
    }
    return out;
}

}  // namespace

Result<CertificateFacts, std::string> read_certificate(const std::string& pem) {
    const auto certificate = certificate_of(pem);
    if (!certificate) return fail(std::string("no certificate in PEM"));
    CertificateFacts facts;
    facts.names = names_of(certificate.get());
    facts.subject = text_of(X509_get_subject_name(certificate.get()));
    facts.issuer = text_of(X509_get_issuer_name(certificate.get()));
    facts.from = time_of(X509_get0_notBefore(certificate.get()));
    facts.until = time_of(X509_get0_notAfter(certificate.get()));
    facts.self_signed = X509_self_signed(certificate.get(), 0) == 1;
    return facts;
}

std::vector<std::string> certificate_faults(const std::string& pem, const std::string& key_pem, const std::string& host,
                                            WallTime now) {
    const auto certificate = certificate_of(pem);
    if (!certificate) return {"there is no certificate in PEM"};
    std::vector<std::string> faults;
    const auto from = time_of(X509_get0_notBefore(certificate.get()));
    const auto until = time_of(X509_get0_notAfter(certificate.get()));
    if (now < from) faults.push_back("it is valid from " + rfc3339(from) + " on");
    if (now > until) faults.push_back("it has expired on " + rfc3339(until));
    if (X509_check_host(certificate.get(), host.data(), host.size(), 0, nullptr) != 1)
        faults.push_back("it is not for " + host);
    if (key_pem.empty()) return faults;
    const auto key = key_of(key_pem);
    if (!key) {
        faults.emplace_back("there is no private key in PEM without a passphrase");
    } else if (X509_check_private_key(certificate.get(), key.get()) != 1) {
        faults.emplace_back("the key is not that of the certificate");
    }
    ERR_clear_error();
    return faults;
}

}  // namespace md::mdctl
