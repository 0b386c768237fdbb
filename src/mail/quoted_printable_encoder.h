// mail/quoted_printable_encoder.h - the body of a part in quoted-printable, while it arrives
//
// CONTRACT
//   Pure, linear; takes pieces of any cut, and the cut makes no difference. LF and CRLF end a line, and come out as LF;
//   a CR elsewhere is an octet like any other. Holds one blank, or of quoted text as many as TransferDecoder may.
//   Lines have at most 76 octets. No line begins with "." or "--" or "From ": what a careless hop would stuff or quote
//   is safe, and no line of a part can be taken for a boundary that it was not before.
// SOURCE
//   text     becomes quoted-printable.
//   quoted   is so already, but has octets or lines that may not be in it. It is put right, not encoded once more: what
//            TransferDecoder makes of it stays the same, of its broken escapes, too.
// RFC
//   2045 §6.7
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace md::mail {

class QuotedPrintableEncoder {
  public:
    enum class Source : std::uint8_t { text, quoted };

    explicit QuotedPrintableEncoder(Source source) noexcept : source_(source) {}

    void feed(std::string_view octets, std::string& out);
    /// The text ends here, within a line or not; no line end is added.
    void finish(std::string& out);

  private:
    void take(char c, std::string& out);
    void hold(char blank, std::string& out);
    void release(std::string& out);
    void end_line(std::string& out);
    void write(char c, std::string& out);
    void escape(char c, std::string& out);
    void make_room(std::size_t octets, std::string& out);

    Source source_;
    bool cr_ = false;         ///< a CR was the last octet
    std::string blanks_;      ///< which may end the line
    std::size_t column_ = 0;  ///< of the line that is written
    std::size_t from_ = 0;    ///< so much of "From" stands at its front, and nothing else
    bool dash_ = false;       ///< it begins with "-"
};

}  // namespace md::mail
