// spool/envelope_text.cc - see envelope_text.h

#include "spool/envelope_text.h"

#include "base/strings.h"

namespace md::spool {

namespace {

constexpr std::string_view kDigits = "0123456789abcdef";

bool must_escape(char c, bool words) {
    return is_control(c) || c == '\\' || (words && c == ' ');
}

}  // namespace

std::string escape(std::string_view text, bool words) {
    if (words && text.empty()) return "\\e";
    std::string out;
    out.reserve(text.size());
    for (const char c : text) {
        if (!must_escape(c, words)) {
            out.push_back(c);
            continue;
        }
        const auto octet = static_cast<unsigned char>(c);
        out += "\\x";
        out.push_back(kDigits[octet >> 4]);
        out.push_back(kDigits[octet & 15]);
    }
    return out;
}

std::optional<std::string> unescape(std::string_view text) {
    if (text == "\\e") return std::string();
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (is_control(text[i])) return std::nullopt;
        if (text[i] != '\\') {
            out.push_back(text[i]);
            continue;
        }
        if (text.size() - i < 4 || text[i + 1] != 'x') return std::nullopt;
        const auto high = kDigits.find(text[i + 2]);
        const auto low = kDigits.find(text[i + 3]);
        if (high == std::string_view::npos || low == std::string_view::npos) return std::nullopt;
        const auto octet = static_cast<char>(high << 4 | low);
        if (!must_escape(octet, true)) return std::nullopt;
        out.push_back(octet);
        i += 3;
    }
    return out;
}

std::optional<WallTime> parse_time(std::string_view text) {
    const auto time = parse_rfc3339(text);
    if (!time || rfc3339(*time) != text) return std::nullopt;
    return time;
}

std::string_view next_word(std::string_view& rest) noexcept {
    const auto space = rest.find(' ');
    const auto word = rest.substr(0, space);
    rest.remove_prefix(space == std::string_view::npos ? rest.size() : space + 1);
    return word;
}

}  // namespace md::spool
