// mail/charset.h - text in any charset that mail uses, as UTF-8
//
// PURPOSE
//   One decoder for bodies, encoded words, parameters and search strings. The names are those that mail carries, wrong
//   ones included; what each is read as stands in one table (charset.cc), for iconv's own names are a promise of the
//   C library and reach no further than that file.
// CONTRACT
//   Never fails: what is no text of the charset becomes U+FFFD, so that the result is UTF-8 always. Streaming: a
//   character may be cut anywhere between two calls. Linear; holds at most a few octets.
//   As mail readers do it, ISO-8859-1 is read as windows-1252, GB2312 as GB18030, KS_C_5601 as CP949, Shift_JIS as
//   CP932 and so on: the larger set holds the smaller, and senders meant it.
//   A charset that is not known, US-ASCII with octets from 0x80, or none at all is guessed: what is UTF-8 is that, any
//   other octet is windows-1252.
// RFC
//   2978 (names), 2152 (UTF-7), 2231 §5 (a language behind the name)
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace md::mail {

/// Whether a text in this charset can be decoded (case and quotes aside).
[[nodiscard]] bool known_charset(std::string_view name) noexcept;

/// One name for each charset that is known, for a client that asks which there are.
[[nodiscard]] const std::vector<std::string_view>& charset_names();

/// U+FFFD.
inline constexpr std::string_view kReplacement = "\xef\xbf\xbd";

class CharsetDecoder {
  public:
    /// Empty, or not known: guessed.
    explicit CharsetDecoder(std::string_view charset);
    ~CharsetDecoder();
    CharsetDecoder(CharsetDecoder&&) noexcept;
    CharsetDecoder& operator=(CharsetDecoder&&) noexcept;

    /// Appends the text to `out`.
    void feed(std::string_view octets, std::string& out);
    /// The end of the text: half a character becomes U+FFFD. The decoder may be fed a new text then.
    void finish(std::string& out);

    struct Engine;

  private:
    std::unique_ptr<Engine> engine_;
};

/// A whole text.
[[nodiscard]] std::string to_utf8(std::string_view octets, std::string_view charset);

/// A text that says nothing of its charset.
[[nodiscard]] inline std::string guess_utf8(std::string_view octets) {
    return to_utf8(octets, {});
}

}  // namespace md::mail
