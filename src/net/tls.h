// net/tls.h - what both ends of TLS need before a handshake: certificates, protocol names, verification
//
// PURPOSE
//   TlsServer holds the certificates of a listener, chosen by SNI, and is exchanged as a whole on reload: a handshake
//   under way keeps the old. TlsClient holds what a client of ours wants of its peer.
// CONTRACT
//   Only tls_keys.cc reads a private key. TLS 1.2 at least, no renegotiation, no compression; strict ALPN: a client
//   that offers names of which none is ours is refused (RFC 7301 §3.2; threats: ALPACA).
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

typedef struct ssl_ctx_st SSL_CTX;
typedef struct ssl_st SSL;

namespace md::net {

struct TlsError {
    std::string text;  ///< what failed, with file name; for the administrator
};

/// A certificate chain and its key, in PEM files; `names` empty: the one for every name that no other has.
struct TlsIdentity {
    TlsIdentity(std::string chain, std::string key) : certificate_file(std::move(chain)), key_file(std::move(key)) {}
    /// The same in memory, for who may not open the files; `where` is how errors call it.
    [[nodiscard]] static TlsIdentity from_pem(std::string chain, std::string key, const std::string& where) {
        TlsIdentity identity(where, where);
        identity.certificate_pem = std::move(chain);
        identity.key_pem = std::move(key);
        return identity;
    }
    std::string certificate_file;
    std::string key_file;
    std::string certificate_pem;  ///< not empty: instead of the files
    std::string key_pem;
};

using SslContext = std::shared_ptr<SSL_CTX>;
struct SslDeleter {
    void operator()(SSL* ssl) const noexcept;
};
using SslHandle = std::unique_ptr<SSL, SslDeleter>;

class TlsServer {
  public:
    /// The first identity serves clients whose SNI names none of the others (nor any). `protocol`: ALPN name ("smtp",
    /// "imap", "pop3").
    [[nodiscard]] static Result<std::shared_ptr<const TlsServer>, TlsError> make(
        const std::vector<TlsIdentity>& identities, std::string_view protocol);

    [[nodiscard]] SslHandle open() const;

  private:
    friend struct TlsServerHooks;
    struct Named {
        SslContext context;
        std::vector<std::string> names;  ///< of the certificate, lower case; "*." in front matches one label
    };
    std::vector<Named> identities_;
    std::string alpn_;  ///< wire form
};

class TlsClient {
  public:
    /// Verifies nothing: opportunistic (RFC 7435).
    [[nodiscard]] static std::shared_ptr<const TlsClient> opportunistic();
    /// Verifies against `ca_file`, or the system's store if empty, and the peer's name.
    [[nodiscard]] static Result<std::shared_ptr<const TlsClient>, TlsError> verifying(const std::string& ca_file);

    [[nodiscard]] SslHandle open(const std::string& peer_name) const;

  private:
    SslContext context_;
    bool verify_ = false;
};

/// OpenSSL's queue of errors as one line; empties it.
[[nodiscard]] std::string tls_error_text();

}  // namespace md::net
