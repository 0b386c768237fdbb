// config/value.h - one value: from TOML to the C++ type of its row, and back
//
// CONTRACT
//   parse_value() gives the value or what was expected instead ("a size such as \"25M\", from 64K to 4G").
//   format_value() gives TOML that parse_value() reads as the same value.
#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "config/document.h"
#include "config/schema.h"

namespace md::config {

struct Expected {
    std::string text;
    Position where;  ///< line 0: at the value itself
};

[[nodiscard]] Result<Value, Expected> parse_value(const Row& row, const Node& node);

/// The default of a row; the row has one.
[[nodiscard]] Value default_value(const Row& row);

/// TOML: `"2ms"`, `["a", "b"]`, `true`.
[[nodiscard]] std::string format_value(const Row& row, const Value& value);
/// For people: without quotes where there is one value.
[[nodiscard]] std::string plain_value(const Row& row, const Value& value);
/// A basic string of TOML with its quotes.
[[nodiscard]] std::string toml_string(std::string_view text);

/// "a duration such as \"10m\", from 1s to 1h"
[[nodiscard]] std::string expectation(const Row& row);

/// What `config set` takes: TOML, or bare text where the row holds one string. Given back as TOML (not yet checked).
[[nodiscard]] std::string toml_of(const Row& row, std::string_view typed);

/// "10m", "1h30m"; none: not a duration, or beyond 10 years.
[[nodiscard]] std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);
[[nodiscard]] std::string format_duration(std::chrono::milliseconds duration);
struct Rate {
    std::uint32_t count = 0;
    std::chrono::milliseconds time{0};
    friend bool operator==(const Rate&, const Rate&) = default;
};
/// "100/1h": so many in a time, neither of them nothing.
[[nodiscard]] std::optional<Rate> parse_rate(std::string_view text);
/// "256K", "25M", "2G", "1T", or bytes.
[[nodiscard]] std::optional<std::uint64_t> parse_size(std::string_view text);
[[nodiscard]] std::string format_size(std::uint64_t bytes);

}  // namespace md::config
