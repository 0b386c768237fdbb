// sendmail/hand_through.h - SMTP of another program, on standard input and output (-bs)
//
// CONTRACT
//   Octets go both ways as they come. A client whose first line ends with LF alone gets CRs put in, so that it need not
//   know of them. When its input ends the rest of the replies is still written.
#pragma once

#include <string>
#include <string_view>

#include "base/fd.h"
#include "sendmail/exit.h"

namespace md::sendmail {

/// Puts a CR before each LF that has none, if the first line has none.
class LineDiscipline {
  public:
    [[nodiscard]] std::string translate(std::string_view piece);

  private:
    enum class Ends { unknown, crlf, lf } ends_ = Ends::unknown;
    bool after_cr_ = false;
};

[[nodiscard]] Exit hand_through(Fd socket);

}  // namespace md::sendmail
