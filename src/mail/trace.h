// mail/trace.h - what a server writes at the head of a message that it takes, and what it reads there
//
// PURPOSE
//   Texts of Received, Return-Path and Message-ID; the count of hops by which a loop is known.
// CONTRACT
//   Pure. Fields end with LF and are folded below 78 octets where the words allow it. Whatever a peer said (HELO, host
//   name, cipher) is reduced here to what the grammar lets stand: no control octet, no bracket or parenthesis of a
//   peer's own.
// RFC
//   5321 §4.4 (trace), §6.3 (loops); 3848, 6531 §4.3 (protocol names); 8314 §4.3 (cipher clause); 5322 §3.6.4
//   (Message-ID)
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"

namespace md::mail {

/// How a message came; the "with" clause (RFC 3848, 6531) is made of it.
struct Protocol {
    bool lmtp = false;
    bool extended = false;  ///< EHLO; LMTP always is
    bool tls = false;
    bool authenticated = false;
    bool utf8 = false;  ///< SMTPUTF8
};

/// "ESMTPSA", "LMTP", "UTF8SMTPS", ...
[[nodiscard]] std::string_view protocol_name(Protocol protocol) noexcept;

struct Received {
    std::string_view helo;         ///< as the client gave it
    std::string_view client_name;  ///< verified PTR name; empty: unknown
    std::string_view client_ip;    ///< without brackets; empty: a Unix socket
    std::string_view user_id;      ///< of the local user at the other end of a Unix socket; empty: not known
    std::string_view by;           ///< this host's name
    Protocol protocol;
    std::string_view tls;  ///< registered cipher suite, "TLS_AES_256_GCM_SHA384"; empty: none
    std::string_view id;   ///< queue id
    std::string_view
        recipient;  ///< address; empty unless the transaction has exactly one (RFC 5321 §7.2: not to tell Bcc)
    WallTime time;
    std::chrono::minutes zone{0};
};

[[nodiscard]] std::string received_field(const Received& received);

/// `reverse_path` without brackets; empty: the null path.
[[nodiscard]] std::string return_path_field(std::string_view reverse_path);

/// "<unique@host>"; `unique` is an atom that nobody else uses.
[[nodiscard]] std::string message_id(std::string_view unique, std::string_view host);

/// Received fields in the header, counted up to `limit`.
[[nodiscard]] std::size_t count_hops(std::string_view message, std::size_t limit) noexcept;

/// Joins pieces with blanks into a field "Name: piece piece", folding before a piece that would pass column 78. Ends
/// with LF.
[[nodiscard]] std::string fold_pieces(std::string_view name, const std::vector<std::string>& pieces);

}  // namespace md::mail
