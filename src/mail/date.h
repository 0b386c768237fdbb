// mail/date.h - the date-time of header fields
//
// CONTRACT
//   Pure: the caller brings the time and the zone; no locale, no TZ, no clock. English names as the grammar has them.
//   parse_date() reads what senders write: comments and obsolete years and zones, a missing or wrong day of the week,
//   the forms of asctime(3), of Usenet and of ISO 8601. Linear; no recursion.
// RFC
//   5322 §3.3, §4.3 (obsolete); 5256 §2.2 (what of a date may be wrong)
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace md::mail {

/// "Tue, 25 Nov 2025 10:30:00 +0100"; `zone` is the local offset east of UTC (less than a day).
[[nodiscard]] std::string format_date(WallTime time, std::chrono::minutes zone = std::chrono::minutes(0));

/// The sent date of a message.
struct SentDate {
    std::int64_t seconds = 0;  ///< since the epoch, UTC
    int zone_minutes = 0;      ///< east of UTC, as written
    friend bool operator==(const SentDate&, const SentDate&) = default;

    /// The day as it was written, zone disregarded: days since the epoch (RFC 3501 §6.4.4, SENTON).
    [[nodiscard]] std::int64_t day() const noexcept;
};

/// A field's value. A time that is none counts as midnight, a zone that is none as UTC; none: there is no day in it.
[[nodiscard]] std::optional<SentDate> parse_date(std::string_view value) noexcept;

}  // namespace md::mail
