// mail/transfer_decoder.cc - see transfer_decoder.h

#include "mail/transfer_decoder.h"

#include <array>
#include <cstring>
#include <utility>

#include "base/encoding.h"
#include "base/strings.h"

namespace md::mail {

namespace {

constexpr std::uint8_t kNoLetter = 0xff;
constexpr std::uint8_t kPadding = 0xfe;
constexpr std::uint8_t kBlank = 0xfd;

constexpr std::array<std::uint8_t, 256> make_letters() {
    std::array<std::uint8_t, 256> table{};
    table.fill(kNoLetter);
    constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (std::size_t i = 0; i < letters.size(); ++i)
        table[static_cast<unsigned char>(letters[i])] = static_cast<std::uint8_t>(i);
    table['='] = kPadding;
    for (const unsigned char blank : {' ', '\t', '\r', '\n'}) table[blank] = kBlank;
    return table;
}

constexpr auto kLetters = make_letters();

std::uint8_t letter(char c) noexcept {
    return kLetters[static_cast<unsigned char>(c)];
}

/// The first token of a field's value, comments left out (RFC 2045 §6.1; RFC 5322 §3.2.2).
std::string_view first_token(std::string_view value) noexcept {
    std::size_t at = 0;
    unsigned depth = 0;
    for (; at < value.size(); ++at) {
        const char c = value[at];
        if (c == '(')
            ++depth;
        else if (c == ')' && depth > 0)
            --depth;
        else if (depth == 0 && !is_space(c) && c != '\r' && c != '\n' && c != '"')
            break;
    }
    auto end = at;
    while (end < value.size() && value[end] > ' ' &&
           std::string_view("();\"").find(value[end]) == std::string_view::npos)
        ++end;
    return value.substr(at, end - at);
}

/// Where the blanks at the end of a line begin.
std::size_t without_blanks(std::string_view line) noexcept {
    auto size = line.size();
    while (size > 0 && is_space(line[size - 1])) --size;
    return size;
}

}  // namespace

Encoding encoding_of(std::string_view field_value) noexcept {
    const auto token = first_token(field_value);
    if (token.empty()) return Encoding::identity;
    for (const std::string_view name : {"7bit", "8bit", "binary", "7-bit", "8-bit"})
        if (equal_nocase(token, name)) return Encoding::identity;
    if (equal_nocase(token, "base64")) return Encoding::base64;
    if (equal_nocase(token, "quoted-printable")) return Encoding::quoted_printable;
    return Encoding::unknown;
}

void TransferDecoder::feed(std::string_view octets, std::string& out) {
    switch (encoding_) {
        case Encoding::base64: return feed_base64(octets, out);
        case Encoding::quoted_printable: return feed_quoted_printable(octets, out);
        default: out.append(octets);
    }
}

bool TransferDecoder::finish(std::string& out) {
    if (encoding_ == Encoding::base64) {
        if (sextets_ != 0) broken_ = true;
        end_group(out);
    } else if (encoding_ == Encoding::quoted_printable) {
        const auto last = std::exchange(held_, {});
        decode_line(last, true, out);
    }
    return !broken_ && encoding_ != Encoding::unknown;
}

/// Whole groups of four letters go fast; whatever else stands there goes letter by letter.
void TransferDecoder::feed_base64(std::string_view octets, std::string& out) {
    std::size_t at = 0;
    while (at < octets.size()) {
        if (sextets_ == 0) {
            for (; at + 4 <= octets.size(); at += 4) {
                const std::uint32_t a = letter(octets[at]), b = letter(octets[at + 1]), c = letter(octets[at + 2]),
                                    d = letter(octets[at + 3]);
                if (((a | b | c | d) & 0xc0) != 0) break;
                const std::uint32_t bits = a << 18 | b << 12 | c << 6 | d;
                const char three[3] = {static_cast<char>(bits >> 16), static_cast<char>(bits >> 8),
                                       static_cast<char>(bits)};
                out.append(three, 3);
            }
            if (at == octets.size()) return;
        }
        const auto value = letter(octets[at++]);
        if (value < 64)
            add_sextet(value, out);
        else if (value == kPadding)
            end_group(out);
        else if (value == kNoLetter)
            broken_ = true;
    }
}

void TransferDecoder::add_sextet(unsigned value, std::string& out) {
    group_ = group_ << 6 | value;
    if (++sextets_ < 4) return;
    out.push_back(static_cast<char>(group_ >> 16));
    out.push_back(static_cast<char>(group_ >> 8));
    out.push_back(static_cast<char>(group_));
    group_ = 0;
    sextets_ = 0;
}

/// One letter alone holds no octet; two hold one, three two.
void TransferDecoder::end_group(std::string& out) {
    if (sextets_ == 1) broken_ = true;
    if (sextets_ == 2) out.push_back(static_cast<char>(group_ >> 4));
    if (sextets_ == 3) {
        out.push_back(static_cast<char>(group_ >> 10));
        out.push_back(static_cast<char>(group_ >> 2));
    }
    group_ = 0;
    sextets_ = 0;
}

void TransferDecoder::feed_quoted_printable(std::string_view octets, std::string& out) {
    std::size_t at = 0;
    while (at < octets.size()) {
        const auto* lf = static_cast<const char*>(std::memchr(octets.data() + at, '\n', octets.size() - at));
        const auto end = lf == nullptr ? octets.size() : static_cast<std::size_t>(lf - octets.data()) + 1;
        const auto piece = octets.substr(at, end - at);
        at = end;
        if (held_.empty()) {
            decode_line(piece, false, out);
            continue;
        }
        // What was held is short, and so is what of this piece must be seen with it.
        held_.append(piece);
        const auto line = std::exchange(held_, {});
        decode_line(line, false, out);
    }
}

/// A line with its end, or the beginning of one: then what the next piece decides is held, unless `ended`.
void TransferDecoder::decode_line(std::string_view line, bool ended, std::string& out) {
    std::string_view end;
    auto text = line;
    if (!line.empty() && line.back() == '\n') {
        const std::size_t size = line.size() > 1 && line[line.size() - 2] == '\r' ? 2 : 1;
        end = line.substr(line.size() - size);
        text = line.substr(0, line.size() - size);
    } else if (!ended) {
        auto keep = text.size();
        if (keep > 0 && text[keep - 1] == '\r') --keep;
        keep = without_blanks(text.substr(0, keep));
        if (keep > 0 && text[keep - 1] == '=')
            --keep;
        else if (keep == text.size() && keep > 1 && text[keep - 2] == '=')
            keep -= 2;
        if (text.size() - keep <= kHeldLimit) {
            held_ = text.substr(keep);
            text = text.substr(0, keep);
        }
        return decode_escapes(text, out);
    }
    text = text.substr(0, without_blanks(text));
    const bool soft = !text.empty() && text.back() == '=';
    if (soft) text.remove_suffix(1);
    decode_escapes(text, out);
    if (!soft) out.append(end);
}

void TransferDecoder::decode_escapes(std::string_view text, std::string& out) {
    std::size_t at = 0;
    while (at < text.size()) {
        const auto escape = text.find('=', at);
        out.append(text.substr(at, escape - at));
        if (escape == std::string_view::npos) return;
        const auto high = escape + 2 < text.size() ? hex_digit(text[escape + 1]) : std::nullopt;
        const auto low = high ? hex_digit(text[escape + 2]) : std::nullopt;
        if (low) {
            out.push_back(static_cast<char>(*high << 4 | *low));
            at = escape + 3;
        } else {
            broken_ = true;
            out.push_back('=');
            at = escape + 1;
        }
    }
}

std::string transfer_decode(std::string_view octets, Encoding encoding) {
    std::string out;
    out.reserve(octets.size());
    TransferDecoder decoder(encoding);
    decoder.feed(octets, out);
    (void)decoder.finish(out);
    return out;
}

}  // namespace md::mail
