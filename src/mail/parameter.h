// mail/parameter.h - the value of a MIME parameter as people read it
//
// PURPOSE
//   Parameters come with their pieces joined (content_field.h) and their octets as sent: "utf-8''a%C3%A4" is "aä".
//   For names of files, above all.
// CONTRACT
//   Pure, linear; the result is UTF-8. The extended form counts before the plain one, in which encoded words are
//   decoded, for senders put them there in spite of RFC 2047 §5. Languages are passed over.
// RFC
//   2231 §4
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "mail/content_field.h"

namespace md::mail {

/// None: there is no such parameter (ASCII case aside).
[[nodiscard]] std::optional<std::string> decoded_parameter(const Parameters& parameters, std::string_view name);

}  // namespace md::mail
