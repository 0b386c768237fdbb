// mail/date.h - the date-time of header fields
//
// CONTRACT
//   Pure: the caller brings the time and the zone; no locale, no TZ, no clock. English names as the grammar has them.
// RFC
//   5322 §3.3
#pragma once

#include <chrono>
#include <string>

#include "base/clock.h"

namespace md::mail {

/// "Tue, 25 Nov 2025 10:30:00 +0100"; `zone` is the local offset east of UTC (less than a day).
[[nodiscard]] std::string format_date(WallTime time, std::chrono::minutes zone = std::chrono::minutes(0));

}  // namespace md::mail
