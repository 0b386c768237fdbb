// policy/text_list.h - a list as text, for import and export
//
// FORMAT
//   A line an entry: KIND VALUE [for SCOPE] [until TIME] [# COMMENT]. Empty lines and lines that begin with # are
//   passed over. doc/formats/policy-state.md, "Text"
// CONTRACT
//   Pure, linear. Every fault of a text is told, with its line; parse_text(format_text(x)) gives the same entries but
//   for the time of creation and who made them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "policy/entry.h"

namespace md::policy {

struct TextFault {
    std::size_t line = 0;
    std::string text;  ///< what was expected
};
using TextFaults = std::vector<TextFault>;

/// More faults than this are not counted.
inline constexpr std::size_t kMostTextFaults = 100;

/// `created` is that of all entries.
[[nodiscard]] Result<std::vector<Entry>, TextFaults> parse_text(List list, std::string_view text, WallTime created);
[[nodiscard]] std::string format_text(const std::vector<Entry>& entries);

}  // namespace md::policy
