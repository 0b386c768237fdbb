// mail/encoded_word.h - header text with encoded words, as UTF-8
//
// PURPOSE
//   "=?ISO-8859-1?Q?a_b?=" and its like, decoded, as people read them: for search, sort, threads and file names.
// CONTRACT
//   Pure, linear, never fails; the result is UTF-8. A folded value is unfolded, blanks at its ends are dropped. Words
//   beside each other are joined without the blanks between them, and a character that two words share is one (§6.2,
//   and what senders do in spite of §5). What is no encoded word stays as it is. Octets from 0x80 outside of words are
//   UTF-8 (RFC 6532), or guessed (charset.h).
//   Words are decoded wherever they stand, in quoted strings too and without blanks around them: senders write them
//   there, and readers show them so.
// RFC
//   2047 §2, §4, §6.2, §8; 2231 §5
#pragma once

#include <string>
#include <string_view>

namespace md::mail {

[[nodiscard]] std::string decode_words(std::string_view field_value);

/// UTF-8 as a field's value: itself if it is ASCII, else encoded words (base64) with folds between them.
[[nodiscard]] std::string encode_words(std::string_view text);

}  // namespace md::mail
