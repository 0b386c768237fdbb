// proto/imap/date_time.h - IMAP's date-time ("17-Jul-1996 02:44:25 -0700") as a point in time and a zone
//
// CONTRACT
//   Pure and without the machine's time zone. parse takes exactly RFC 3501's form, with days that exist; a leap second
//   (60) counts as the second before it. format takes any time of the years 0 to 9999; others are shown as the nearest
//   of these.
// RFC
//   3501 §2.3.3, §9 (date-time)
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace md::imap {

struct DateTime {
    std::int64_t seconds;           ///< since 1970-01-01 00:00 UTC
    std::int16_t zone_minutes = 0;  ///< east of UTC
    friend bool operator==(const DateTime&, const DateTime&) = default;
};

/// The text between the quotes.
[[nodiscard]] std::optional<DateTime> parse_date_time(std::string_view text) noexcept;

/// The same, without quotes.
[[nodiscard]] std::string format_date_time(DateTime time);

/// "1-Feb-1994", a day that exists, as days since 1970-01-01 (RFC 3501 §9, date-text).
[[nodiscard]] std::optional<std::int64_t> parse_day(std::string_view text) noexcept;

}  // namespace md::imap
