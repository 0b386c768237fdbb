// proto/smtp/data_decoder.h - the octets after DATA, or those of BDAT, as a message
//
// PURPOSE
//   Takes chunks of any size, finds the end of the message, takes the stuffed dots out, writes lines with LF ends,
//   counts.
// CONTRACT
//   Only CRLF "." CRLF ends a message (the CRLF of the DATA command counts as the first). What stands behind it is not
//   consumed. An LF without CR, or a CR without LF, is a bare line end: refused, the message is read on to its true
//   end, so that the dialogue keeps its place, and nothing more is written; normalised, it ends a line of the message
//   like any other (CRs before a CRLF vanish with it) but never the message: no reader of the result can see an end
//   that we did not see (SMTP smuggling). In chunks (BDAT) dots mean nothing and no octets are an end: finish() is
//   called where the client said LAST; a last line without an end gets one. Beyond the size limit, and behind a line
//   beyond the line limit, nothing more is written either. Linear; state of a few octets; the caller owns the output
//   and may move it away between calls (a message above 256 KiB goes to a file).
// RFC
//   5321 §2.3.8, §4.1.1.4, §4.5.2, §4.5.3.1.6; 1870 §3 (what counts as size); 3030 §2
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

namespace md::smtp {

enum class BareLineEnds : std::uint8_t { refuse, normalise };
enum class Framing : std::uint8_t { dots, chunks };

class DataDecoder {
  public:
    struct Progress {
        std::size_t consumed = 0;
        bool finished = false;
    };

    /// `size_limit` counts as SIZE does: with CRLF, without stuffing and the final dot.
    /// `line_limit` counts one line with its CRLF (RFC 5321 §4.5.3.1.6).
    explicit DataDecoder(BareLineEnds policy, std::uint64_t size_limit = std::numeric_limits<std::uint64_t>::max(),
                         std::uint64_t line_limit = std::numeric_limits<std::uint64_t>::max(),
                         Framing framing = Framing::dots) noexcept
        : policy_(policy), framing_(framing), size_limit_(size_limit), line_limit_(line_limit) {}

    /// Appends to `out` what `chunk` brings. Not to be called after `finished`.
    Progress feed(std::string_view chunk, std::string& out);

    /// The end of a message in chunks.
    void finish(std::string& out);

    /// What will never be a message, whatever still comes.
    [[nodiscard]] bool refused() const noexcept { return bare_line_end_refused_ || line_too_long_ || too_large(); }
    [[nodiscard]] bool bare_line_end() const noexcept { return bare_line_end_; }
    [[nodiscard]] bool bare_line_end_refused() const noexcept { return bare_line_end_refused_; }
    [[nodiscard]] bool line_too_long() const noexcept { return line_too_long_; }
    [[nodiscard]] bool too_large() const noexcept { return wire_size() > size_limit_; }

    [[nodiscard]] std::uint64_t lines() const noexcept { return lines_; }
    /// Octets with LF line ends: what was written, if nothing was refused.
    [[nodiscard]] std::uint64_t size() const noexcept { return octets_; }
    /// Octets with CRLF line ends (RFC 1870).
    [[nodiscard]] std::uint64_t wire_size() const noexcept { return octets_ + lines_; }
    [[nodiscard]] bool eight_bit() const noexcept { return eight_bit_; }

  private:
    /// Where in a line the next octet stands.
    enum class At : std::uint8_t { line_start, dot, dot_cr, text, cr };

    void take_text(std::string_view chunk, std::size_t& at, std::string& out);
    void take_after_dot(std::string_view chunk, std::size_t& at, std::string& out);
    void take_after_cr(std::string_view chunk, std::size_t& at, std::string& out);
    void write(std::string_view text, std::string& out);
    void end_line(bool is_crlf, std::string& out);
    void note_bare_line_end() noexcept;

    BareLineEnds policy_;
    Framing framing_;
    std::uint64_t size_limit_;
    std::uint64_t line_limit_;
    std::uint64_t line_octets_ = 0;  ///< of the present line, as far as it was written
    std::uint64_t octets_ = 0;
    std::uint64_t lines_ = 0;
    At at_ = At::line_start;
    bool after_crlf_ = true;  ///< the line before ended with a true CRLF: a lone dot may end the message
    bool finished_ = false;
    bool bare_line_end_ = false;
    bool bare_line_end_refused_ = false;
    bool line_too_long_ = false;
    bool eight_bit_ = false;
    std::size_t next_lf_ = 0;  ///< within the chunk: the first LF at or behind the place it was looked for
    std::size_t next_cr_ = 0;
};

}  // namespace md::smtp
