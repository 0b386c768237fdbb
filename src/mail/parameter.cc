// mail/parameter.cc - see parameter.h

#include "mail/parameter.h"

#include "base/encoding.h"
#include "mail/charset.h"
#include "mail/encoded_word.h"

namespace md::mail {

namespace {

/// RFC 2231 §4: "%41".
std::string unescaped(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto high = text[i] == '%' && i + 2 < text.size() ? hex_digit(text[i + 1]) : std::nullopt;
        const auto low = high ? hex_digit(text[i + 2]) : std::nullopt;
        out.push_back(low ? static_cast<char>(*high << 4 | *low) : text[i]);
        if (low) i += 2;
    }
    return out;
}

/// Takes "charset'language'" off the front; empty if it is not there.
std::string_view take_charset(std::string_view& value) noexcept {
    const auto first = value.find('\'');
    const auto second = first == std::string_view::npos ? first : value.find('\'', first + 1);
    if (second == std::string_view::npos) return {};
    const auto charset = value.substr(0, first);
    value.remove_prefix(second + 1);
    return charset;
}

}  // namespace

std::optional<std::string> decoded_parameter(const Parameters& parameters, std::string_view name) {
    const auto* extended = find_parameter(parameters, std::string(name) + '*');
    if (extended != nullptr) {
        std::string_view value = *extended;
        const auto charset = take_charset(value);
        return to_utf8(unescaped(value), charset);
    }
    const auto* plain = find_parameter(parameters, name);
    if (plain != nullptr) return decode_words(*plain);
    return std::nullopt;
}

}  // namespace md::mail
