// proto/smtp/data_encoder.h - a message as it goes over the wire behind DATA, or in chunks
//
// PURPOSE
//   The other direction of data_decoder.h: takes a stored message (LF line ends; CRLF of other writers too) in pieces
//   of any cut and appends what is sent: CRLF line ends, dots stuffed, and the final dot; in chunks (BDAT) CRLF line
//   ends alone.
// CONTRACT
//   No CR leaves without LF, and no LF without CR: a lone CR is a line's end, so that no reader can see an end of the
//   message where we did not write one (SMTP smuggling). A last line without an end gets one; of an empty message there
//   is only the final dot. Linear; state of two bits; at most twice the octets of the piece, and four, are appended.
// RFC
//   5321 §2.3.8 (no bare CR or LF), §4.1.1.4 (the end), §4.5.2 (dots); 3030 §2 (chunks)
#pragma once

#include <string>
#include <string_view>

#include "proto/smtp/data_decoder.h"

namespace md::smtp {

class DataEncoder {
  public:
    explicit DataEncoder(Framing framing) noexcept : framing_(framing) {}

    void feed(std::string_view piece, std::string& out);
    /// The end of the message: of its last line, and with dots the final one.
    void finish(std::string& out);

  private:
    void end_line(std::string& out);

    Framing framing_;
    bool line_start_ = true;
    bool after_cr_ = false;  ///< the last octet of the piece before: its line is not ended yet
};

}  // namespace md::smtp
