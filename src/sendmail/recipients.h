// sendmail/recipients.h - who gets the message, and what of that its header may tell
//
// CONTRACT
//   Pure. Addresses come out as an envelope has them: without brackets, quoted where they must be, without a domain if
//   they have none (mdsmtpd knows which).
// RFC
//   5322 §3.6.3, §3.6.6 (resent fields)
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "sendmail/exit.h"

namespace md::sendmail {

/// Adds the addresses of a list ("a, B <b@x>"), as often as they stand there; the complaint names what is none.
[[nodiscard]] std::optional<Complaint> add_recipients(std::string_view list, std::vector<std::string>& recipients);

/// Those of To, Cc and Bcc; where there is a resent field, of Resent-To, Resent-Cc and Resent-Bcc instead.
[[nodiscard]] std::optional<Complaint> add_recipients_of(std::string_view header, std::vector<std::string>& recipients);

/// -f: one address, or nothing or "<>" for the null path, which is empty.
[[nodiscard]] Result<std::string, Complaint> sender_of(std::string_view given);

/// The header without Bcc and Resent-Bcc.
[[nodiscard]] std::string without_blind_copies(std::string_view header);

/// The field From of a header that has none, with its line end. The name may have any octets; what is no
/// UTF-8 is taken for ISO-8859-1.
[[nodiscard]] std::string from_field(std::string_view full_name, std::string_view address);

}  // namespace md::sendmail
