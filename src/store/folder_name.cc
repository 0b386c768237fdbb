// store/folder_name.cc - see folder_name.h

#include "store/folder_name.h"

#include <cstdint>

#include "base/strings.h"
#include "base/utf8.h"

namespace md::store {

namespace {

constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,";

bool direct(char c) {
    return c >= 0x20 && c <= 0x7e && c != '&' && c != '.';
}

/// The next code point of well-formed UTF-8.
char32_t take_code_point(std::string_view& text) {
    const auto lead = static_cast<unsigned char>(text.front());
    const std::size_t size = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    char32_t code = size == 1 ? lead : lead & (0xffU >> (size + 1));
    for (std::size_t i = 1; i < size; ++i) code = code << 6 | (static_cast<unsigned char>(text[i]) & 0x3fU);
    text.remove_prefix(size);
    return code;
}

void put_utf8(std::string& out, char32_t code) {
    if (code < 0x80) {
        out.push_back(static_cast<char>(code));
        return;
    }
    const int more = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
    const unsigned lead = more == 1 ? 0xc0 : more == 2 ? 0xe0 : 0xf0;
    out.push_back(static_cast<char>(lead | code >> (6 * more)));
    for (int i = more - 1; i >= 0; --i) out.push_back(static_cast<char>(0x80 | (code >> (6 * i) & 0x3f)));
}

/// One shift: UTF-16, big-endian, in base 64 without padding.
class Shift {
  public:
    explicit Shift(std::string& out) : out_(out) { out_.push_back('&'); }
    void unit(std::uint32_t value) {
        bits_ = bits_ << 16 | value;
        for (count_ += 16; count_ >= 6; count_ -= 6) out_.push_back(kDigits[bits_ >> (count_ - 6) & 0x3f]);
    }
    void finish() {
        if (count_ > 0) out_.push_back(kDigits[bits_ << (6 - count_) & 0x3f]);
        out_.push_back('-');
    }

  private:
    std::string& out_;
    std::uint64_t bits_ = 0;
    unsigned count_ = 0;
};

void encode_level(std::string& out, std::string_view text) {
    while (!text.empty()) {
        if (text.front() == '&') {
            out.append("&-");
            text.remove_prefix(1);
        } else if (direct(text.front())) {
            out.push_back(text.front());
            text.remove_prefix(1);
        } else {
            Shift shift(out);
            while (!text.empty() && !direct(text.front()) && text.front() != '&') {
                const auto code = take_code_point(text);
                if (code >= 0x10000) shift.unit(0xd800 + ((code - 0x10000) >> 10));
                shift.unit(code >= 0x10000 ? 0xdc00 + ((code - 0x10000) & 0x3ff) : code);
            }
            shift.finish();
        }
    }
}

/// The inside of "&...-".
bool decode_shift(std::string& out, std::string_view digits) {
    std::uint32_t bits = 0;
    unsigned count = 0;
    char32_t high = 0;
    for (const char c : digits) {
        const auto digit = kDigits.find(c);
        if (digit == std::string_view::npos) return false;
        bits = bits << 6 | static_cast<std::uint32_t>(digit);
        count += 6;
        if (count < 16) continue;
        count -= 16;
        const char32_t unit = bits >> count & 0xffff;
        const bool is_low = unit >= 0xdc00 && unit <= 0xdfff;
        if (is_low != (high != 0)) return false;
        if (unit >= 0xd800 && unit <= 0xdbff) {
            high = unit;
        } else {
            put_utf8(out, is_low ? 0x10000 + ((high - 0xd800) << 10) + (unit - 0xdc00) : unit);
            high = 0;
        }
    }
    return high == 0 && count < 6 && (bits & ((1U << count) - 1)) == 0;
}

std::optional<std::string> decode_level(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        const auto shift = text.find('&');
        out.append(text.substr(0, shift));
        if (shift == std::string_view::npos) break;
        const auto end = text.find('-', shift);
        if (end == std::string_view::npos) return std::nullopt;
        if (end == shift + 1) {
            out.push_back('&');
        } else if (!decode_shift(out, text.substr(shift + 1, end - shift - 1))) {
            return std::nullopt;
        }
        text.remove_prefix(end + 1);
    }
    return out;
}

}  // namespace

std::optional<std::string> canonical_folder(std::string_view name) {
    if (name.size() > kFolderNameLimit || !is_utf8(name)) return std::nullopt;
    const auto levels = split(name, '/');
    if (levels.size() > kFolderLevels) return std::nullopt;
    for (const auto level : levels) {
        if (level.empty()) return std::nullopt;
        for (const char c : level)
            if (is_control(c)) return std::nullopt;
    }
    std::string out(name);
    if (equal_nocase(levels.front(), "INBOX")) out.replace(0, 5, "INBOX");
    return out;
}

std::string folder_directory(std::string_view name) {
    if (name == "INBOX") return {};
    std::string out;
    for (const auto level : split(name, '/')) {
        out.push_back('.');
        encode_level(out, level);
    }
    // ".=" is what long_folder_directory() makes.
    if (out.starts_with(".=")) out.replace(1, 1, "&AD0-");
    return out;
}

std::optional<std::string> folder_of_directory(std::string_view directory) {
    if (directory.size() < 2 || directory.front() != '.' || directory == "..") return std::nullopt;
    std::string name;
    for (const auto level : split(directory.substr(1), '.')) {
        auto decoded = decode_level(level);
        // '/' inside a level would make two folders of one directory.
        if (!decoded || !is_utf8(*decoded) || decoded->find('/') != std::string::npos) decoded = std::string(level);
        name.append("/").append(*decoded);
    }
    const auto canonical = canonical_folder(std::string_view(name).substr(1));
    // "INBOX" as a directory of its own would hide the real one.
    if (!canonical || *canonical == "INBOX") return std::nullopt;
    return canonical;
}

std::string long_folder_directory(std::string_view mailbox_id) {
    return std::string(".=").append(mailbox_id);
}

std::string escape_local_part(std::string_view local_part) {
    constexpr std::string_view kHex = "0123456789ABCDEF";
    std::string out;
    for (std::size_t i = 0; i < local_part.size(); ++i) {
        const auto c = local_part[i];
        if (c == '/' || c == '%' || is_control(c) || (c == '.' && i == 0)) {
            out.push_back('%');
            out.push_back(kHex[static_cast<unsigned char>(c) >> 4]);
            out.push_back(kHex[static_cast<unsigned char>(c) & 15]);
        } else {
            out.push_back(c);
        }
    }
    return out;
}

}  // namespace md::store
