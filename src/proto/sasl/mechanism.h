// proto/sasl/mechanism.h - the server's side of SASL, free of any protocol
//
// PURPOSE
//   An Exchange takes the client's responses (decoded) one after the other and says what comes next: a challenge, the
//   credentials that somebody else must verify, or that the response is malformed. The profile helpers decode what
//   SMTP, POP3 and IMAP put on a line.
// CONTRACT
//   Pure; verifies nothing. Passwords live in Credentials alone, which wipes itself. Text is UTF-8 without NUL, at most
//   255 octets an authentication identity, 1,024 a password. PLAIN and LOGIN show the password to the server: the
//   session offers them under TLS alone. SCRAM shows none, and needs who holds the verifiers while it goes on: its
//   messages are in scram.h, and auth/sasl_dialogue.h leads them.
// RFC
//   4422; 4616 (PLAIN); 5802, 7677 (SCRAM); draft-murchison-sasl-login-00 (LOGIN, never a standard, in every old
//   client); 4954 §4, 5034 §4 (profiles)
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "base/encoding.h"
#include "base/result.h"

namespace md::sasl {

struct Credentials {
    std::string authorization;   ///< as whom to act; empty: as the authenticated
    std::string authentication;  ///< who it is
    std::string password;

    Credentials() = default;
    Credentials(std::string act_as, std::string who, std::string secret)
        : authorization(std::move(act_as)), authentication(std::move(who)), password(std::move(secret)) {}
    Credentials(Credentials&&) = default;
    Credentials& operator=(Credentials&&) = default;
    ~Credentials() { wipe(password); }
};

struct Challenge {
    std::string octets;
};

struct Malformed {};

using Step = std::variant<Challenge, Credentials, Malformed>;

class Exchange {
  public:
    virtual ~Exchange() = default;
    /// `initial`: the initial response, if the client sent one with its command.
    [[nodiscard]] virtual Step start(std::optional<std::string_view> initial) = 0;
    /// The response to the last challenge.
    [[nodiscard]] virtual Step respond(std::string_view response) = 0;
};

struct Mechanism {
    std::string_view name;
    bool shows_password;                  ///< not without TLS
    std::unique_ptr<Exchange> (*make)();  ///< null: SCRAM, with the hash that the name says
};

/// In the order in which they are offered: what shows no password first.
[[nodiscard]] const std::array<Mechanism, 4>& mechanisms() noexcept;
[[nodiscard]] const Mechanism* find_mechanism(std::string_view name) noexcept;

enum class ResponseFault : std::uint8_t { cancelled, not_base64 };

/// A line with a response: base64, or "*" by which the client gives up (RFC 4954 §4, 5034 §4, 9051 §6.2.2).
[[nodiscard]] Result<std::string, ResponseFault> decode_response(std::string_view line);

/// The initial response of a command: like it, but "=" is an empty one (RFC 4954 §4) and "*" no way out.
[[nodiscard]] Result<std::string, ResponseFault> decode_initial_response(std::string_view word);

}  // namespace md::sasl
