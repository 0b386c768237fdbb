// mail/address_completion.h - the domain put behind addresses that have none
//
// PURPOSE
//   Programs of this machine write "From: root (Cron Daemon)" and "To: root, admins". Elsewhere such an address means
//   somebody else, or nobody.
// CONTRACT
//   Pure, linear. All octets stay as they are but for what is put in: comments, names, folding, groups, and what is no
//   address. A word alone is an address without domain; several are none ("John Doe").
// RFC
//   6409 §8.1; 5322 §3.4
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace md::mail {

/// The value of an address field; none: nothing was missing.
[[nodiscard]] std::optional<std::string> complete_addresses(std::string_view value, std::string_view domain);

}  // namespace md::mail
