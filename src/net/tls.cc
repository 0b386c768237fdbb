// net/tls.cc - see tls.h

#include "net/tls.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <new>

#include "base/strings.h"
#include "net/tls_keys.h"

namespace md::net {

namespace {

SslContext make_context(const SSL_METHOD* method) {
    SslContext context(SSL_CTX_new(method), SSL_CTX_free);
    if (!context) throw std::bad_alloc();
    SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
    SSL_CTX_set_options(context.get(),
                        SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE);
    SSL_CTX_set_mode(context.get(),
                     SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
    // A record is read in one call, not first its length; a Stream asks OpenSSL before it waits for the descriptor.
    SSL_CTX_set_read_ahead(context.get(), 1);
    return context;
}

std::vector<std::string> names_of(SSL_CTX* context) {
    std::vector<std::string> names;
    auto* certificate = SSL_CTX_get0_certificate(context);
    auto* list = static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr));
    for (int i = 0; i < sk_GENERAL_NAME_num(list); ++i) {
        const auto* entry = sk_GENERAL_NAME_value(list, i);
        if (entry->type != GEN_DNS) continue;
        const auto* text = reinterpret_cast<const char*>(ASN1_STRING_get0_data(entry->d.dNSName));
        names.push_back(lower({text, static_cast<std::size_t>(ASN1_STRING_length(entry->d.dNSName))}));
    }
    GENERAL_NAMES_free(list);
    return names;
}

bool matches(std::string_view pattern, std::string_view name) {
    if (pattern == name) return true;
    if (!pattern.starts_with("*.")) return false;
    const auto dot = name.find('.');
    return dot != std::string_view::npos && dot > 0 && name.substr(dot) == pattern.substr(1);  // RFC 6125 §6.4.3
}

}  // namespace

/// OpenSSL's callbacks into a TlsServer.
struct TlsServerHooks {
    static int choose_identity(SSL* ssl, int*, void* self) {
        const auto* server = static_cast<const TlsServer*>(self);
        const char* asked = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
        if (asked == nullptr) return SSL_TLSEXT_ERR_NOACK;
        const auto name = lower(asked);
        for (const auto& identity : server->identities_) {
            const auto fits = [&name](const std::string& pattern) { return matches(pattern, name); };
            if (std::any_of(identity.names.begin(), identity.names.end(), fits)) {
                SSL_set_SSL_CTX(ssl, identity.context.get());
                return SSL_TLSEXT_ERR_OK;
            }
        }
        return SSL_TLSEXT_ERR_NOACK;  // the first serves it
    }

    static int choose_protocol(SSL*, const unsigned char** out, unsigned char* out_size, const unsigned char* in,
                               unsigned in_size, void* self) {
        const auto& ours = static_cast<const TlsServer*>(self)->alpn_;
        unsigned char* chosen = nullptr;
        if (SSL_select_next_proto(&chosen, out_size, reinterpret_cast<const unsigned char*>(ours.data()),
                                  static_cast<unsigned>(ours.size()), in, in_size) != OPENSSL_NPN_NEGOTIATED)
            return SSL_TLSEXT_ERR_ALERT_FATAL;
        *out = chosen;
        return SSL_TLSEXT_ERR_OK;
    }
};

void SslDeleter::operator()(SSL* ssl) const noexcept {
    SSL_free(ssl);
}

Result<std::shared_ptr<const TlsServer>, TlsError> TlsServer::make(const std::vector<TlsIdentity>& identities,
                                                                   std::string_view protocol) {
    if (identities.empty()) return fail(TlsError{"no certificate is configured"});
    auto server = std::make_shared<TlsServer>();
    server->alpn_ = std::string(1, static_cast<char>(protocol.size())).append(protocol);
    for (const auto& identity : identities) {
        Named named;
        named.context = make_context(TLS_server_method());
        const auto loaded = load_identity(named.context.get(), identity);
        if (!loaded) return fail(loaded.error());
        named.names = names_of(named.context.get());
        SSL_CTX_set_tlsext_servername_callback(named.context.get(), TlsServerHooks::choose_identity);
        SSL_CTX_set_tlsext_servername_arg(named.context.get(), server.get());
        SSL_CTX_set_alpn_select_cb(named.context.get(), TlsServerHooks::choose_protocol, server.get());
        SSL_CTX_set_num_tickets(named.context.get(), 1);  // one is used once (RFC 8446 appendix C.4)
        SSL_CTX_set_session_id_context(named.context.get(), reinterpret_cast<const unsigned char*>("mdmail"), 6);
        server->identities_.push_back(std::move(named));
    }
    return std::shared_ptr<const TlsServer>(std::move(server));
}

SslHandle TlsServer::open() const {
    SslHandle ssl(SSL_new(identities_.front().context.get()));
    if (!ssl) throw std::bad_alloc();
    SSL_set_accept_state(ssl.get());
    return ssl;
}

std::shared_ptr<const TlsClient> TlsClient::opportunistic() {
    auto client = std::make_shared<TlsClient>();
    client->context_ = make_context(TLS_client_method());
    return client;
}

Result<std::shared_ptr<const TlsClient>, TlsError> TlsClient::verifying(const std::string& ca_file) {
    auto client = std::make_shared<TlsClient>();
    client->context_ = make_context(TLS_client_method());
    client->verify_ = true;
    const int loaded = ca_file.empty() ? SSL_CTX_set_default_verify_paths(client->context_.get())
                                       : SSL_CTX_load_verify_file(client->context_.get(), ca_file.c_str());
    if (loaded != 1) return fail(TlsError{"certificate authorities " + ca_file + ": " + tls_error_text()});
    SSL_CTX_set_verify(client->context_.get(), SSL_VERIFY_PEER, nullptr);
    return std::shared_ptr<const TlsClient>(std::move(client));
}

SslHandle TlsClient::open(const std::string& peer_name) const {
    SslHandle ssl(SSL_new(context_.get()));
    if (!ssl) throw std::bad_alloc();
    SSL_set_connect_state(ssl.get());
    if (!peer_name.empty()) {
        SSL_set_tlsext_host_name(ssl.get(), peer_name.c_str());
    }
    // Without a name to hold it against any certificate would do.
    if (verify_ && (peer_name.empty() || SSL_set1_host(ssl.get(), peer_name.c_str()) != 1))
        SSL_set_verify(ssl.get(), SSL_VERIFY_PEER, [](int, X509_STORE_CTX*) { return 0; });
    return ssl;
}

std::string tls_error_text() {
    std::string text;
    while (const auto code = ERR_get_error()) {
        char one[256];
        ERR_error_string_n(code, one, sizeof one);
        if (!text.empty()) text += "; ";
        text += one;
    }
    return text.empty() ? "no reason given" : text;
}

}  // namespace md::net
