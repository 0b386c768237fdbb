// mail/binary_encoder.h - a message with binary parts while it arrives, as one of lines
//
// PURPOSE
//   BODY=BINARYMIME brings parts of any octets. BinaryEncoder is fed the message in pieces of any cut and writes it
//   with LF line ends at once: the body of a part that says it is binary in base64, everything else as the lines that
//   it is. (binary_parts.h does the like for a message that is there as a whole.)
// CONTRACT
//   Pure, linear, no recursion but over the few octets held at the front of a line. Memory: the header of one part, up
//   to its limit, and a line of base64. A leaf whose Content-Transfer-Encoding is "binary" becomes base64; what
//   contains parts and says so becomes 8bit (RFC 2045 §6.4). A part that does not say that it is binary consists of
//   lines: for it the rule of DATA holds, a bare CR or LF is refused, or normalised to a line end. In a binary part the
//   boundary of a multipart counts only behind CRLF, elsewhere at the front of any line. After a fault nothing more is
//   written. Beyond StructureLimits what is left is one part's content.
// RFC
//   3030 §3; 2045 §6; 2046 §5.1
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mail/base64_lines.h"
#include "mail/structure.h"

namespace md::mail {

class BinaryEncoder {
  public:
    enum class Fault : std::uint8_t { none, bare_line_end, line_too_long, header_too_large };

    struct Rules {
        bool normalise = false;        ///< bare line ends, and do not refuse them
        std::uint64_t line_limit = 0;  ///< octets of a line, CRLF included; binary parts have none
        std::size_t header_limit = 0;  ///< octets of one header
        StructureLimits structure = {};
    };

    explicit BinaryEncoder(const Rules& rules);

    /// Appends to `out` what `octets` bring.
    void feed(std::string_view octets, std::string& out);
    /// Once, at the end of the message.
    void finish(std::string& out);

    [[nodiscard]] Fault fault() const noexcept { return fault_; }
    /// What was written has octets from 0x80.
    [[nodiscard]] bool eight_bit() const noexcept { return eight_bit_; }

  private:
    enum class Mode : std::uint8_t { header, text, binary };
    /// A multipart whose last part has not ended.
    struct Open {
        std::string boundary;
        bool digest;
        std::size_t depth;
    };
    struct Found {
        std::size_t open;
        bool closes;
    };

    void take(std::string_view octets);
    void take_after_cr(std::string_view& octets);
    void content(std::string_view piece);
    void pass(std::string_view piece);
    void end_line();
    void begin_line() noexcept;
    bool settle_line_start();
    void end_with_cr();
    void bare_line_end();
    void header_line();
    void end_header(bool with_blank_line);
    void write_header(std::string_view encoding, std::string_view field);
    void begin_part();
    void take_boundary(Found found);
    void end_boundary();
    [[nodiscard]] std::optional<Found> boundary_of(std::string_view line) const noexcept;
    [[nodiscard]] bool holds_enough() const noexcept;
    void write(std::string_view text);
    void write_line_end();
    void encode(std::string_view octets);
    void end_encoding(bool last);
    void fail(Fault fault) noexcept;

    Rules rules_;
    std::string* out_ = nullptr;  ///< during a call
    Mode mode_ = Mode::header;
    std::vector<Open> open_;
    std::size_t depth_ = 0;
    std::size_t parts_ = 0;
    bool in_multipart_ = false;  ///< the part that is read stands directly in open_.back()
    std::string header_;
    std::string hold_;     ///< the front of a line, until it is known whether it is a boundary; in a header all of it
    bool holding_ = true;  ///< the line is still held
    bool cr_ = false;      ///< a CR was the last octet
    std::optional<Found> boundary_;  ///< the line is this one's, its rest is passed
    bool owed_line_end_ = false;     ///< binary: a CRLF that may yet be a boundary's
    Base64Lines base64_;
    bool encoded_ = false;  ///< the part's body has had octets
    std::uint64_t line_octets_ = 0;
    bool eight_bit_ = false;
    Fault fault_ = Fault::none;
};

}  // namespace md::mail
