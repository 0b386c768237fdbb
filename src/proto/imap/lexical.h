// proto/imap/lexical.h - the character classes of IMAP's grammar
//
// RFC
//   3501 §9 (ATOM-CHAR, ASTRING-CHAR, list-char, tag, TEXT-CHAR)
#pragma once

#include "base/strings.h"

namespace md::imap {

/// The hierarchy separator of every mailbox name on the wire (INTERFACE: one for the whole suite).
inline constexpr char kSeparator = '/';

[[nodiscard]] constexpr bool is_atom_char(char c) noexcept {
    if (is_control(c) || static_cast<unsigned char>(c) >= 0x80) return false;
    switch (c) {
        case '(':
        case ')':
        case '{':
        case ' ':
        case '%':
        case '*':
        case '"':
        case '\\':
        case ']': return false;
        default: return true;
    }
}

[[nodiscard]] constexpr bool is_astring_char(char c) noexcept {
    return is_atom_char(c) || c == ']';
}
[[nodiscard]] constexpr bool is_tag_char(char c) noexcept {
    return is_astring_char(c) && c != '+';
}
[[nodiscard]] constexpr bool is_list_char(char c) noexcept {
    return is_astring_char(c) || c == '%' || c == '*';
}

/// What may stand in a quoted string that we send: 7-bit, no CR, LF or NUL (RFC 3501 §9, TEXT-CHAR).
[[nodiscard]] constexpr bool is_text_char(char c) noexcept {
    return c != '\0' && c != '\r' && c != '\n' && static_cast<unsigned char>(c) < 0x80;
}

}  // namespace md::imap
