// sendmail/message_text.h - what a program pipes in, as the text of a message
//
// PURPOSE
//   TextReader makes LF of every kind of line end and sees the dot that ends a message; HeaderReader parts the header
//   from the rest. sending_form() is the way back to the wire.
// CONTRACT
//   Pure, linear, any pieces. No octet is lost but CRs and one "From " line of a mailbox at the front. Of the header
//   HeaderReader holds all; beyond kHeaderLimit it says too_large(), and the caller stops.
// RFC
//   5321 §2.3.8, §4.5.2; 5322 §2.2
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace md::sendmail {

class TextReader {
  public:
    /// `dot_ends`: a line of one dot ends the text.
    explicit TextReader(bool dot_ends) noexcept : dot_ends_(dot_ends) {}

    /// Appends to `out`; false: that was the end, what follows is not wanted.
    bool feed(std::string_view piece, std::string& out);
    /// The input has ended: a last line without an end gets one.
    void finish(std::string& out);

  private:
    bool take(char c, std::string& out);
    bool end_line(std::string& out);

    bool dot_ends_;
    bool at_start_ = true;   ///< of a line
    bool behind_lf_ = true;  ///< the line begins the text or stands behind an LF
    bool dot_held_ = false;  ///< the line so far is a dot that was not written
    bool after_cr_ = false;
};

class HeaderReader {
  public:
    static constexpr std::size_t kHeaderLimit = 1U << 20U;

    /// Takes lines until the header has ended; what is behind it stands in `rest`, and is the body's.
    void feed(std::string_view text, std::string& rest);
    [[nodiscard]] bool ended() const noexcept { return ended_; }
    [[nodiscard]] bool too_large() const noexcept { return !ended_ && header_.size() > kHeaderLimit; }
    /// Whole fields alone, without the empty line. What is there when the input ends is all of it.
    [[nodiscard]] const std::string& header() const noexcept { return header_; }

  private:
    enum class Line : std::uint8_t { field, envelope, empty, body };
    [[nodiscard]] Line kind_of(std::string_view line) const;

    std::string header_;
    std::size_t line_start_ = 0;
    std::size_t searched_ = 0;
    bool envelope_seen_ = false;
    bool ended_ = false;
};

/// LF text as it goes over the wire: CRLF, dots doubled. `at_start`: of a line; kept from piece to piece.
[[nodiscard]] std::string sending_form(std::string_view text, bool& at_start);

}  // namespace md::sendmail
