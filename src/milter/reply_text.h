// milter/reply_text.h - the replies by which a filter ends a step, to and from values
//
// CONTRACT
//   Pure. Texts of a filter reach SMTP clients: what read_answer() gives is one line without control octets that begins
//   with a code of 4xx or 5xx; lines of a longer reply are joined by a blank.
#pragma once

#include <optional>
#include <string>

#include "milter/outcome.h"

namespace md::milter {

/// none: no packet that ends a step, or not in its form. Kind::unavailable: the filter itself says that it is.
[[nodiscard]] std::optional<Answer> read_answer(const Packet& packet);

/// proceed and unavailable too: a filter has no word for the latter but "for now".
void put_answer(std::string& out, const Answer& answer);

}  // namespace md::milter
