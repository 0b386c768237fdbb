// relay/server.h - whom a client talks to, and what it has learnt of him
//
// CONTRACT
//   Values. Timeouts are those of RFC 5321 §4.5.3.2; each counts for one reply, or one block, as a whole.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "net/address.h"
#include "net/tls.h"
#include "proto/smtp/command.h"
#include "proto/smtp/extension.h"
#include "relay/outcome.h"

namespace md::relay {

struct Timeouts {
    std::chrono::milliseconds connect{30'000};
    std::chrono::milliseconds greeting{300'000};
    std::chrono::milliseconds hello{300'000};
    std::chrono::milliseconds tls{60'000};
    std::chrono::milliseconds login{60'000};
    std::chrono::milliseconds mail{300'000};
    std::chrono::milliseconds recipient{300'000};
    std::chrono::milliseconds data{120'000};   ///< for the reply to DATA
    std::chrono::milliseconds block{180'000};  ///< for kPiece octets of the message to leave
    std::chrono::milliseconds end{600'000};    ///< for the reply to the end of the message
    std::chrono::milliseconds reset{60'000};
    std::chrono::milliseconds quit{2'000};
};

enum class TlsUse : std::uint8_t { none, may, must };

struct Login {
    std::string user;
    std::string password;
};

struct Server {
    std::string name;  ///< for the certificate, SNI, log and reports
    net::SocketAddress address;
    std::string unix_path;            ///< not empty: instead of the address
    std::optional<IpAddress> source;  ///< from where
    smtp::Dialect dialect = smtp::Dialect::smtp;
    TlsUse tls = TlsUse::may;
    std::shared_ptr<const net::TlsClient> tls_client;  ///< null: one that verifies nothing
    std::optional<Login> login;                        ///< used over TLS alone
    std::size_t most_recipients = 100;                 ///< of a transaction; all take so many (RFC 5321 §4.5.3.1.8)
    bool chunks = false;                               ///< BDAT wherever it is offered, not only for 8-bit messages
};

/// What a session is, once it is open.
struct Facts {
    smtp::Offer offer;
    bool esmtp = false;       ///< false: HELO had to do
    std::string tls_version;  ///< empty: no TLS
    std::string tls_cipher;
    std::string tls_refused;  ///< the reply by which STARTTLS was refused, which was not needed
};

/// How far open() came.
enum class Stage : std::uint8_t { connect, greeting, hello, tls, login };

[[nodiscard]] std::string_view name(Stage stage) noexcept;

/// For all recipients. Stage::tls where TLS was not needed: the same server without it may do. A greeting of 5xx is
/// failed, and of the host's fault: final if all hosts of the destination say so (RFC 7504 §3).
struct OpenFailure {
    Stage stage = Stage::connect;
    Outcome outcome;
};

}  // namespace md::relay
