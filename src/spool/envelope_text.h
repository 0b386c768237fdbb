// spool/envelope_text.h - the alphabet of envelope files: one value a line, nothing in it that could end the line
//
// CONTRACT
//   Pure. escape() leaves a text on one line and free of control octets; unescape() gives back exactly what was
//   escaped, and refuses what escape() could not have written.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace md::spool {

/// Control octets, DEL and backslash as \xNN; with `words` also the space, and an empty text as \e, so that values can
/// stand side by side.
[[nodiscard]] std::string escape(std::string_view text, bool words = false);
[[nodiscard]] std::optional<std::string> unescape(std::string_view text);

/// "2026-11-25T10:30:00.123456Z", as rfc3339() of base/clock.h writes it, and nothing else.
[[nodiscard]] std::optional<WallTime> parse_time(std::string_view text);

/// Cuts off and returns what stands before the next space (or all).
[[nodiscard]] std::string_view next_word(std::string_view& rest) noexcept;

}  // namespace md::spool
