// base/encoding.h - octets as text: base64 and hexadecimal
//
// CONTRACT
//   Encoders never fail and never fold lines. Decoders are strict: what an encoder could not have written is no value,
//   so that two texts never mean the same octets (RFC 4648 §3.5). Folded base64 of MIME bodies is another decoder's
//   work.
// RFC
//   4648 §4 (base64), §8 (base16)
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace md {

/// With padding, without line ends.
[[nodiscard]] std::string base64_encode(std::string_view octets);

/// None for a letter outside the alphabet, a wrong length, misplaced padding, or left-over bits that are not zero.
[[nodiscard]] std::optional<std::string> base64_decode(std::string_view text);

/// Lower-case digits.
[[nodiscard]] std::string hex_encode(std::string_view octets);

/// Digits of either case; none for an odd number of digits or anything else.
[[nodiscard]] std::optional<std::string> hex_decode(std::string_view text);

/// The value of one hexadecimal digit; none for any other octet.
[[nodiscard]] constexpr std::optional<unsigned> hex_digit(char c) noexcept {
    if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
    if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a' + 10);
    if (c >= 'A' && c <= 'F') return static_cast<unsigned>(c - 'A' + 10);
    return std::nullopt;
}

/// Overwrites the text with zeros in a way that no compiler leaves out, then empties it: for passwords.
void wipe(std::string& secret) noexcept;

}  // namespace md
