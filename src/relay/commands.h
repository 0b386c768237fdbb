// relay/commands.h - MAIL and RCPT for a server that offers this and not that
//
// CONTRACT
//   Pure. What the server does not offer is not said (RFC 5321 §4.1.1.11); what the message cannot do without is a
//   refusal of our own, before anything is sent. No address or parameter can leave its place in the line.
// RFC
//   5321 §4.1.1.2, §4.1.1.3; 1870 §3; 6152 §3; 3461 §4, §5; 6531 §3.2; 6533 §3; draft-hall-prdr-00 §3
#pragma once

#include <optional>
#include <string>

#include "proto/smtp/extension.h"
#include "relay/cargo.h"
#include "relay/outcome.h"

namespace md::relay {

/// What is said of a message beside its envelope.
struct Measure {
    std::uint64_t wire_size = 0;
    bool eight_bit = false;
    bool utf8_header =
        false;  ///< of the message or of a part: looked for where SMTPUTF8 was declared, and is not offered
};

/// Why this message cannot be sent to that server: its size (5.3.4), its sender (5.1.7), SMTPUTF8 (5.6.7), a body that
/// was declared as 8-bit and is (Outcome::needs_seven_bit).
[[nodiscard]] std::optional<Outcome> lack_for_message(const Cargo& cargo, const Measure& measure,
                                                      const smtp::Offer& offer);
/// Why not to this recipient: no address (5.1.3), SMTPUTF8 (5.6.7).
[[nodiscard]] std::optional<Outcome> lack_for_recipient(const CargoRecipient& recipient, const smtp::Offer& offer);

/// `prdr`: a reply for each recipient is asked for, which must be offered.
[[nodiscard]] std::string mail_command(const Cargo& cargo, const Measure& measure, const smtp::Offer& offer, bool prdr);
[[nodiscard]] std::string rcpt_command(const CargoRecipient& recipient, const smtp::Offer& offer);

}  // namespace md::relay
