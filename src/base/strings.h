// base/strings.h - ASCII helpers that protocols share
//
// CONTRACT
//   Case means ASCII case only; octets from 0x80 are left as they are. No locale. Views returned point into the
//   argument.
#pragma once

#include <charconv>
#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace md {

[[nodiscard]] constexpr char to_lower(char c) noexcept {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}
[[nodiscard]] constexpr char to_upper(char c) noexcept {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
}
[[nodiscard]] constexpr bool is_digit(char c) noexcept {
    return c >= '0' && c <= '9';
}
[[nodiscard]] constexpr bool is_alpha(char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
[[nodiscard]] constexpr bool is_space(char c) noexcept {
    return c == ' ' || c == '\t';
}
[[nodiscard]] constexpr bool is_control(char c) noexcept {
    return static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) == 0x7f;
}

[[nodiscard]] std::string lower(std::string_view text);
[[nodiscard]] std::string upper(std::string_view text);
[[nodiscard]] bool equal_nocase(std::string_view a, std::string_view b) noexcept;
[[nodiscard]] bool starts_with_nocase(std::string_view text, std::string_view prefix) noexcept;

/// Without spaces and tabs at both ends (trim also drops CR and LF).
[[nodiscard]] std::string_view trim(std::string_view text) noexcept;

/// The pieces between separators; an empty text has one empty piece.
[[nodiscard]] std::vector<std::string_view> split(std::string_view text, char separator);

/// A whole decimal number without sign; none if anything else stands in the text or it does not fit.
template <std::unsigned_integral N>
[[nodiscard]] std::optional<N> parse_number(std::string_view text) noexcept {
    N value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, 10);
    if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return value;
}

/// The one of `names` nearest to `name` by edit distance, if near enough to be meant (at most a third of it); else
/// empty.
[[nodiscard]] std::string_view nearest_name(std::string_view name, const std::vector<std::string_view>& names);

/// A text fit for a log line or a reply: control octets as \xNN, at most `limit` octets, cut with "...".
[[nodiscard]] std::string printable(std::string_view text, std::size_t limit = 256);

/// Compares in time that depends on the lengths only.
[[nodiscard]] bool equal_constant_time(std::string_view a, std::string_view b) noexcept;

}  // namespace md
