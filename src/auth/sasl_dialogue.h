// auth/sasl_dialogue.h - the challenges and responses of one SASL mechanism, over whatever protocol carries them
//
// PURPOSE
//   SMTP, POP3 and IMAP carry SASL alike (RFC 4422 §4): a challenge and a response a line, base64, "*" to give up. A
//   session says how a challenge is sent and a line is read; log_in() does the rest, and asks the verifier.
// CONTRACT
//   What the client did wrong is a SaslFault, which the session words; nothing is sent but challenges. Responses are
//   wiped once they are read. What proves the server to a SCRAM client goes as a last challenge, which the client
//   answers with nothing (RFC 4422 §5; 3501, 4954 and 5034 have no data beside success).
// RFC
//   4422 §3, §4; 4954 §4 (SMTP); 5034 §4 (POP3); 3501 §6.2.2 and 4959 (IMAP); 5802 §5 (SCRAM)
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "async/task.h"
#include "auth/verifier.h"
#include "base/result.h"
#include "proto/sasl/mechanism.h"

namespace md::auth {

class SaslClient {
  public:
    virtual ~SaslClient() = default;
    /// Sends the challenge (base64) in the protocol's form, and gives the line that answers it; none: it was too long.
    virtual async::Task<std::optional<std::string>> ask(std::string challenge) = 0;
};

enum class SaslFault : std::uint8_t {
    cancelled,
    not_base64,
    too_long,
    malformed,
    for_another,  ///< acting for another account is a right that nobody has yet
};
/// "login cancelled"
[[nodiscard]] std::string_view text_of(SaslFault fault) noexcept;

/// From where somebody logs in, as the verifier is told it.
struct Origin {
    Origin(std::string proto, std::string ip) : protocol(std::move(proto)), peer_ip(std::move(ip)) {}

    std::string protocol;  ///< "smtp", "imap", "pop3"
    std::string peer_ip;
};

/// Who wanted to log in, and what became of it.
struct Attempt {
    Attempt(std::string who, Verified answer) : name(std::move(who)), verified(std::move(answer)) {}

    std::string name;  ///< as the client gave it
    Verified verified;
};

/// `initial`: the initial response as it stood in the command ("=": an empty one); none: there was none.
async::Task<Result<Attempt, SaslFault>> log_in(const sasl::Mechanism& mechanism, std::optional<std::string> initial,
                                               SaslClient& client, Verifier& verifier, Origin origin);

/// The same for a name and a password that came without SASL.
async::Task<Attempt> log_in(sasl::Credentials credentials, Verifier& verifier, Origin origin);

}  // namespace md::auth
