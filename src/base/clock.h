// base/clock.h - what time it is, and how a test tells another
//
// CONTRACT
//   Wall time may jump (people set clocks): only for what people and files read. Deadlines use async's monotonic time.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace md {

using WallTime = std::chrono::sys_time<std::chrono::microseconds>;

class Clock {
  public:
    virtual ~Clock() = default;
    [[nodiscard]] virtual WallTime now() const noexcept = 0;
};

/// The system's clock; one for the whole process.
[[nodiscard]] const Clock& real_clock() noexcept;

/// "2026-11-25T10:30:00.123456Z" (RFC 3339, UTC).
[[nodiscard]] std::string rfc3339(WallTime time);
/// The same, the fraction with one to six digits or none; none: not a time in UTC of that form.
[[nodiscard]] std::optional<WallTime> parse_rfc3339(std::string_view text);

[[nodiscard]] inline std::int64_t unix_seconds(WallTime time) noexcept {
    return std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
}

}  // namespace md
