// auth/sasl_dialogue.h - the challenges and responses of one SASL mechanism, over whatever protocol carries them
//
// PURPOSE
//   SMTP, POP3 and IMAP carry SASL alike (RFC 4422 §4): a challenge and a response a line, base64, "*" to give up. A
//   session says how a challenge is sent and a line is read; converse() does the rest.
// CONTRACT
//   What the client did wrong is a SaslFault, which the session words; nothing is sent but challenges. Responses are
//   wiped once they are read.
// RFC
//   4422 §3, §4; 4954 §4 (SMTP); 5034 §4 (POP3); 3501 §6.2.2 and 4959 (IMAP)
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "async/task.h"
#include "base/result.h"
#include "proto/sasl/mechanism.h"

namespace md::auth {

class SaslClient {
  public:
    virtual ~SaslClient() = default;
    /// Sends the challenge (base64) in the protocol's form, and gives the line that answers it; none: it was too long.
    virtual async::Task<std::optional<std::string>> ask(std::string challenge) = 0;
};

enum class SaslFault : std::uint8_t { cancelled, not_base64, too_long, malformed };
/// "login cancelled"
[[nodiscard]] std::string_view text_of(SaslFault fault) noexcept;

/// `initial`: the initial response as it stood in the command ("=": an empty one); none: there was none.
async::Task<Result<sasl::Credentials, SaslFault>> converse(const sasl::Mechanism& mechanism,
                                                           std::optional<std::string> initial, SaslClient& client);

/// Acting for another account is a right that nobody has yet.
[[nodiscard]] bool acts_for_another(const sasl::Credentials& credentials) noexcept;

}  // namespace md::auth
