// config/emit.h - what people read of an option table: sample file, manual page, explanations
//
// CONTRACT
//   All of it comes from the rows: nothing here knows an option by name.
#pragma once

#include <optional>
#include <string>

#include "config/schema.h"

namespace md::config {

/// A file in which every key stands in comments with its default and its prose.
[[nodiscard]] std::string sample_file(const Schema& schema);

/// mdmail.conf(5).
[[nodiscard]] std::string configuration_page(const Schema& schema);

/// Key, prose, what is expected, default, whether a reload acts on it; a few lines.
[[nodiscard]] std::string explain(const Row& row, std::string_view key);

/// "a size such as \"25M\", from 64K to 4G; default 64M"
[[nodiscard]] std::string terms(const Row& row);

}  // namespace md::config
