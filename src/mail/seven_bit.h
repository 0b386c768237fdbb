// mail/seven_bit.h - a message converted for a server without 8BITMIME
//
// PURPOSE
//   SevenBitWriter is fed the file that a SevenBitPlanner has seen, once more, and writes what the plan says.
// CONTRACT
//   Pure, linear, pieces of any cut, which make no difference. What is written is lines that end with LF, the last one,
//   too; what is copied keeps CRLF where it has it. Memory: the plan, a line of at most 998 octets, and what the
//   encoders hold. The plan is of this file, and has no fault.
// RFC
//   6152 §3; 2045 §6
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "mail/base64_lines.h"
#include "mail/quoted_printable_encoder.h"
#include "mail/seven_bit_plan.h"
#include "mail/transfer_decoder.h"

namespace md::mail {

class SevenBitWriter {
  public:
    explicit SevenBitWriter(SevenBitPlan plan);

    /// Appends to `out` what `octets` bring.
    void feed(std::string_view octets, std::string& out);
    /// Once, at the end of the file.
    void finish(std::string& out);

  private:
    void begin_piece(std::string& out);
    void write(std::string_view octets, std::string& out);
    void write_lines(std::string_view octets, std::string& out);
    void encode_lines(std::string_view octets, std::string& out);
    void end_piece(std::string& out);
    void reencode(std::string& out);

    SevenBitPlan plan_;
    std::size_t piece_ = 0;
    std::uint64_t offset_ = 0;
    QuotedPrintableEncoder quote_{QuotedPrintableEncoder::Source::text};
    QuotedPrintableEncoder requote_{QuotedPrintableEncoder::Source::quoted};
    TransferDecoder decoder_{Encoding::base64};
    std::string decoded_;
    Base64Lines base64_;
    std::string line_;         ///< Kind::lines: not yet decided; of a line that is too long no more than shows it
    bool cr_ = false;          ///< Kind::base64: a CR was the last octet
    bool line_ended_ = false;  ///< base64 has written the line end that is to come
    char last_ = '\n';         ///< that was written
};

}  // namespace md::mail
