// mdpop3d/multiline.h - octets of a message as the data of a multi-line response
//
// PURPOSE
//   A line that begins with a dot gets a second one; "." alone ends the response (RFC 1939 §3). TOP ends earlier: so
//   many lines behind the header's blank line (RFC 1939 §7).
// CONTRACT
//   Pure and streaming: chunks with CRLF line ends, cut anywhere; nothing is kept but a few counters. A CR or LF that
//   is not part of a CRLF is an octet like others.
// RFC
//   1939 §3, §5 (RETR), §7 (TOP)
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace md::mdpop3d {

class Multiline {
  public:
    /// `body_lines`: so many lines of the body and no more; none: the whole message.
    explicit Multiline(std::optional<std::uint32_t> body_lines = std::nullopt) noexcept : left_(body_lines) {}

    /// Appends what of the chunk belongs to the response.
    void feed(std::string_view chunk, std::string& out);
    /// What was wanted is there: the rest of the message need not be read.
    [[nodiscard]] bool full() const noexcept { return full_; }
    /// Ends the last line if the message did not, and the response.
    void finish(std::string& out) const;

  private:
    void end_line() noexcept;

    std::optional<std::uint32_t> left_;
    bool in_body_ = false;
    bool full_ = false;
    bool line_start_ = true;
    bool line_empty_ = true;  ///< nothing but perhaps a CR since the last CRLF
    bool after_cr_ = false;
};

}  // namespace md::mdpop3d
