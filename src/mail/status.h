// mail/status.h - the enhanced status code of replies and reports
//
// PURPOSE
//   One type for "5.1.1" wherever it appears: SMTP and LMTP replies, delivery results, the Status field of a report.
// CONTRACT
//   A value; parse() takes exactly what text() writes. Class is 2, 4 or 5, subject and detail 0 to 999.
// RFC
//   3463 §2 (structure), 2034 §4 (in replies), 3464 §2.3.4 (in reports), 5248 (registry)
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace md::mail {

struct Status {
    std::uint8_t success_class = 0;  ///< 2 success, 4 for now, 5 for good
    std::uint16_t subject = 0;
    std::uint16_t detail = 0;

    [[nodiscard]] std::string text() const;
    [[nodiscard]] static std::optional<Status> parse(std::string_view text) noexcept;
    friend constexpr bool operator==(Status, Status) = default;
};

}  // namespace md::mail
