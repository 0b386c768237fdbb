// proto/imap/mailbox_name.cc - see mailbox_name.h

#include "proto/imap/mailbox_name.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "proto/imap/lexical.h"

namespace md::imap {
namespace {

constexpr std::string_view kBase64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,";
constexpr std::string_view kInbox = "INBOX";
constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

constexpr std::array<std::int8_t, 128> base64_values() {
    std::array<std::int8_t, 128> values{};
    values.fill(-1);
    for (std::size_t i = 0; i < kBase64.size(); ++i)
        values[static_cast<unsigned char>(kBase64[i])] = static_cast<std::int8_t>(i);
    return values;
}
constexpr auto kBase64Values = base64_values();

int base64_value(char c) noexcept {
    const auto octet = static_cast<unsigned char>(c);
    return octet < 0x80 ? kBase64Values[octet] : -1;
}

bool stands_for_itself(std::uint32_t point) noexcept {
    return point >= 0x20 && point <= 0x7e;
}

void append_utf8(std::string& out, std::uint32_t point) {
    const auto put = [&out](std::uint32_t octet) { out += static_cast<char>(octet); };
    if (point < 0x80) return put(point);
    if (point < 0x800) {
        put(0xC0 | point >> 6);
    } else {
        if (point < 0x10000) {
            put(0xE0 | point >> 12);
        } else {
            put(0xF0 | point >> 18);
            put(0x80 | (point >> 12 & 0x3F));
        }
        put(0x80 | (point >> 6 & 0x3F));
    }
    put(0x80 | (point & 0x3F));
}

/// One code point from the front of `text`, in its one lawful form (RFC 3629 §4); none, and one octet taken, if there
/// is none.
std::optional<std::uint32_t> take_utf8(std::string_view& text) {
    const auto octet = [&text](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const auto first = octet(0);
    const std::size_t size = first < 0x80   ? 1
                             : first < 0xC2 ? 0
                             : first < 0xE0 ? 2
                             : first < 0xF0 ? 3
                             : first < 0xF5 ? 4
                                            : 0;
    std::uint32_t point = size < 2 ? first : first & (0x7Fu >> size);
    bool good = size > 0 && size <= text.size();
    for (std::size_t i = 1; good && i < size; ++i) {
        good = (octet(i) & 0xC0) == 0x80;
        point = point << 6 | (octet(i) & 0x3Fu);
    }
    const bool too_long = (size == 3 && point < 0x800) || (size == 4 && point < 0x10000);
    if (!good || too_long || point > 0x10FFFF || (point >= 0xD800 && point <= 0xDFFF)) {
        text.remove_prefix(1);
        return std::nullopt;
    }
    text.remove_prefix(size);
    return point;
}

/// UTF-16 of a base64 piece to UTF-8; an error text, or empty.
std::string_view decode_units(const std::vector<std::uint16_t>& units, std::string& out) {
    for (std::size_t i = 0; i < units.size(); ++i) {
        std::uint32_t point = units[i];
        if (point >= 0xDC00 && point <= 0xDFFF) return "unpaired surrogate in mailbox name";
        if (point >= 0xD800 && point <= 0xDBFF) {
            if (++i == units.size() || units[i] < 0xDC00 || units[i] > 0xDFFF)
                return "unpaired surrogate in mailbox name";
            point = 0x10000 + ((point - 0xD800) << 10) + (units[i] - 0xDC00u);
        }
        if (stands_for_itself(point)) return "mailbox name encodes a character that stands for itself";
        if (point < 0x20 || point == 0x7F) return "control character in mailbox name";
        append_utf8(out, point);
    }
    return {};
}

/// What stands between "&" and "-" (RFC 3501 §5.1.3).
std::string_view decode_shifted(std::string_view piece, std::string& out) {
    std::vector<std::uint16_t> units;
    std::uint32_t bits = 0;
    unsigned held = 0;
    for (const char c : piece) {
        const int value = base64_value(c);
        if (value < 0) return "\"&\" in mailbox name without its \"-\"";
        bits = bits << 6 | static_cast<std::uint32_t>(value);
        held += 6;
        if (held >= 16) {
            held -= 16;
            units.push_back(static_cast<std::uint16_t>(bits >> held));
        }
        bits &= (1u << held) - 1;
    }
    // Fewer than a whole base64 character may be left over, and only zeros: else there were two spellings.
    if (held >= 6 || bits != 0) return "incomplete base64 in mailbox name";
    return decode_units(units, out);
}

void encode_units(const std::vector<std::uint16_t>& units, std::string& out) {
    out += '&';
    std::uint32_t bits = 0;
    unsigned held = 0;
    for (const auto unit : units) {
        bits = bits << 16 | unit;
        held += 16;
        while (held >= 6) {
            held -= 6;
            out += kBase64[bits >> held & 0x3F];
        }
        bits &= (1u << held) - 1;
    }
    if (held > 0) out += kBase64[bits << (6 - held) & 0x3F];
    out += '-';
}

void append_units(std::vector<std::uint16_t>& units, std::uint32_t point) {
    if (point >= 0x10000) {
        units.push_back(static_cast<std::uint16_t>(0xD800 + ((point - 0x10000) >> 10)));
        point = 0xDC00 + ((point - 0x10000) & 0x3FF);
    }
    units.push_back(static_cast<std::uint16_t>(point));
}

/// The first level of a name, with its case.
std::string_view first_level(std::string_view name) noexcept {
    return name.substr(0, name.find(kSeparator));
}

}  // namespace

Result<std::string, NameError> decode_utf7(std::string_view name) {
    std::string out;
    bool shifted_before = false;  // the octet before was the "-" of a shift
    for (std::size_t i = 0; i < name.size(); ++i) {
        const char c = name[i];
        if (!stands_for_itself(static_cast<unsigned char>(c)))
            return fail(NameError{is_control(c) ? "control character in mailbox name" : "8-bit octet in mailbox name"});
        if (c != '&') {
            out += c;
            shifted_before = false;
            continue;
        }
        const auto end = name.find('-', i + 1);
        if (end == std::string_view::npos) return fail(NameError{"\"&\" in mailbox name without its \"-\""});
        if (end == i + 1) {
            out += '&';
            shifted_before = false;
        } else {
            if (shifted_before) return fail(NameError{"superfluous shift in mailbox name"});
            const auto error = decode_shifted(name.substr(i + 1, end - i - 1), out);
            if (!error.empty()) return fail(NameError{error});
            shifted_before = true;
        }
        i = end;
    }
    return out;
}

Result<std::string, NameError> encode_utf7(std::string_view name) {
    std::string out;
    std::vector<std::uint16_t> units;
    const auto shift_back = [&] {
        if (!units.empty()) encode_units(units, out);
        units.clear();
    };
    while (!name.empty()) {
        const auto point = take_utf8(name);
        if (!point) return fail(NameError{"mailbox name is not UTF-8"});
        if (*point < 0x20 || *point == 0x7F) return fail(NameError{"control character in mailbox name"});
        if (!stands_for_itself(*point)) {
            append_units(units, *point);
            continue;
        }
        shift_back();
        out += static_cast<char>(*point);
        if (*point == '&') out += '-';
    }
    shift_back();
    return out;
}

Result<std::string, NameError> decode_mailbox(std::string_view argument) {
    auto name = decode_utf7(argument);
    if (!name) return name;
    // RFC 3501 §5.1 speaks of the whole name; its children go with it, or "inbox/x" and "INBOX/x" were two.
    if (equal_nocase(first_level(*name), kInbox)) name->replace(0, kInbox.size(), kInbox);
    return name;
}

std::string wire_name(std::string_view name) {
    std::string clean;
    for (auto rest = name; !rest.empty();) {
        const auto point = take_utf8(rest);
        if (point && *point >= 0x20 && *point != 0x7F) {
            append_utf8(clean, *point);
        } else {
            clean += kReplacement;
        }
    }
    return encode_utf7(clean).value_or(std::string());
}

}  // namespace md::imap
