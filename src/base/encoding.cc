// base/encoding.cc - see encoding.h

#include "base/encoding.h"

#include <string.h>

#include <array>
#include <cstdint>

namespace md {

namespace {

constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::uint8_t kNoLetter = 0xff;

constexpr auto kLetterValue = [] {
    std::array<std::uint8_t, 256> values{};
    values.fill(kNoLetter);
    for (std::size_t i = 0; i < kAlphabet.size(); ++i)
        values[static_cast<unsigned char>(kAlphabet[i])] = static_cast<std::uint8_t>(i);
    return values;
}();

std::uint32_t octet(std::string_view octets, std::size_t at) {
    return static_cast<unsigned char>(octets[at]);
}

}  // namespace

std::string base64_encode(std::string_view octets) {
    std::string text;
    text.reserve((octets.size() + 2) / 3 * 4);
    const auto letter = [&](std::uint32_t group, int shift) { text.push_back(kAlphabet[(group >> shift) & 63]); };
    std::size_t at = 0;
    for (; at + 3 <= octets.size(); at += 3) {
        const auto group = octet(octets, at) << 16 | octet(octets, at + 1) << 8 | octet(octets, at + 2);
        for (int shift = 18; shift >= 0; shift -= 6) letter(group, shift);
    }
    const auto rest = octets.size() - at;
    if (rest == 0) return text;
    const auto group = octet(octets, at) << 16 | (rest == 2 ? octet(octets, at + 1) << 8 : 0);
    letter(group, 18);
    letter(group, 12);
    if (rest == 2) letter(group, 6);
    return text.append(3 - rest, '=');
}

std::optional<std::string> base64_decode(std::string_view text) {
    if (text.size() % 4 != 0) return std::nullopt;
    std::size_t padding = 0;
    while (padding < 2 && padding < text.size() && text[text.size() - 1 - padding] == '=') ++padding;
    text.remove_suffix(padding);
    std::string octets;
    octets.reserve(text.size() / 4 * 3 + 2);
    std::uint32_t bits = 0;
    int held = 0;
    for (const char c : text) {
        const auto value = kLetterValue[static_cast<unsigned char>(c)];
        if (value == kNoLetter) return std::nullopt;
        bits = bits << 6 | value;
        held += 6;
        if (held >= 8) {
            held -= 8;
            octets.push_back(static_cast<char>(bits >> held & 0xff));
        }
    }
    if ((bits & ((1u << held) - 1)) != 0) return std::nullopt;
    return octets;
}

std::string hex_encode(std::string_view octets) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    text.reserve(octets.size() * 2);
    for (const char c : octets) {
        const auto value = static_cast<unsigned char>(c);
        text.push_back(digits[value >> 4]);
        text.push_back(digits[value & 15]);
    }
    return text;
}

std::optional<std::string> hex_decode(std::string_view text) {
    if (text.size() % 2 != 0) return std::nullopt;
    std::string octets;
    octets.reserve(text.size() / 2);
    for (std::size_t at = 0; at < text.size(); at += 2) {
        const auto high = hex_digit(text[at]);
        const auto low = hex_digit(text[at + 1]);
        if (!high || !low) return std::nullopt;
        octets.push_back(static_cast<char>(*high << 4 | *low));
    }
    return octets;
}

void wipe(std::string& secret) noexcept {
    explicit_bzero(secret.data(), secret.size());
    secret.clear();
}

}  // namespace md
