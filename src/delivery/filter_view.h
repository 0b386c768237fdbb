// delivery/filter_view.h - a stored message as the milter protocol shows it to a filter
//
// CONTRACT
//   Pure. Stored messages have LF line ends.
#pragma once

#include <string>
#include <string_view>

#include "mail/header.h"

namespace md::delivery {

/// Bodies go with CRLF line ends.
[[nodiscard]] std::string with_crlf(std::string_view text);
/// Values go from behind the colon and one blank on, folded by LF.
[[nodiscard]] std::string_view shown_value(const mail::Field& field) noexcept;

}  // namespace md::delivery
