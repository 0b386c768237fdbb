// spool/envelope_text.cc - see envelope_text.h

#include "spool/envelope_text.h"

#include "base/strings.h"

namespace md::spool {

namespace {

constexpr std::string_view kDigits = "0123456789abcdef";
constexpr std::size_t kTimeSize = 27;

bool must_escape(char c, bool words) {
    return is_control(c) || c == '\\' || (words && c == ' ');
}

/// `size` digits from `at`; none if one is no digit or the number is outside the bounds.
std::optional<int> digits(std::string_view text, std::size_t at, std::size_t size, int low, int high) {
    const auto number = parse_number<unsigned>(text.substr(at, size));
    if (!number || static_cast<int>(*number) < low || static_cast<int>(*number) > high) return std::nullopt;
    return static_cast<int>(*number);
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
    if (text.size() != kTimeSize || text[4] != '-' || text[7] != '-' || text[10] != 'T' || text[13] != ':' ||
        text[16] != ':' || text[19] != '.' || text[26] != 'Z')
        return std::nullopt;
    const auto year = digits(text, 0, 4, 0, 9999);
    const auto month = digits(text, 5, 2, 1, 12);
    const auto day = digits(text, 8, 2, 1, 31);
    const auto hour = digits(text, 11, 2, 0, 23);
    const auto minute = digits(text, 14, 2, 0, 59);
    const auto second = digits(text, 17, 2, 0, 59);
    const auto micros = digits(text, 20, 6, 0, 999999);
    if (!year || !month || !day || !hour || !minute || !second || !micros) return std::nullopt;
    const auto date = std::chrono::year(*year) / std::chrono::month(static_cast<unsigned>(*month)) /
                      std::chrono::day(static_cast<unsigned>(*day));
    if (!date.ok()) return std::nullopt;
    return WallTime(std::chrono::sys_days(date)) + std::chrono::hours(*hour) + std::chrono::minutes(*minute) +
           std::chrono::seconds(*second) + std::chrono::microseconds(*micros);
}

std::string_view next_word(std::string_view& rest) noexcept {
    const auto space = rest.find(' ');
    const auto word = rest.substr(0, space);
    rest.remove_prefix(space == std::string_view::npos ? rest.size() : space + 1);
    return word;
}

}  // namespace md::spool
