// mail/ascii_run.h - eight octets of ASCII at a time
//
// PURPOSE
//   Most mail is ASCII, and most of what SEARCH does to a body is to pass over it: where the ASCII ends, and its
//   capitals, are found eight octets at once, on any machine.
// CONTRACT
//   Pure; reads nothing outside of the text.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace md::mail {

/// How many octets below 0x80 stand at the front.
[[nodiscard]] inline std::size_t ascii_run(std::string_view text) noexcept {
    constexpr std::uint64_t high = 0x8080808080808080;
    std::size_t at = 0;
    for (std::uint64_t eight = 0; at + 8 <= text.size(); at += 8) {
        std::memcpy(&eight, text.data() + at, 8);
        if ((eight & high) != 0) break;
    }
    while (at < text.size() && static_cast<unsigned char>(text[at]) < 0x80) ++at;
    return at;
}

/// Small letters of ASCII become capitals; all octets must be below 0x80.
inline void raise_ascii(char* text, std::size_t size) noexcept {
    constexpr std::uint64_t high = 0x8080808080808080;
    constexpr std::uint64_t from_a = 0x1f1f1f1f1f1f1f1f;    // added to "a" it sets the high bit
    constexpr std::uint64_t behind_z = 0x0505050505050505;  // added to what follows "z" it does
    std::size_t at = 0;
    for (std::uint64_t eight = 0; at + 8 <= size; at += 8) {
        std::memcpy(&eight, text + at, 8);
        eight ^= (((eight + from_a) ^ (eight + behind_z)) & high) >> 2;
        std::memcpy(text + at, &eight, 8);
    }
    for (; at < size; ++at)
        if (text[at] >= 'a' && text[at] <= 'z') text[at] = static_cast<char>(text[at] - 32);
}

}  // namespace md::mail
