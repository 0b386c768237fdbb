// mail/base64_lines.h - the body of a part in base64, while its octets arrive
//
// CONTRACT
//   Pure, linear; takes pieces of any cut and holds less than one line. Lines have 76 letters and end with LF.
// RFC
//   2045 §6.8
#pragma once

#include <string>
#include <string_view>

namespace md::mail {

class Base64Lines {
  public:
    void feed(std::string_view octets, std::string& out);
    /// The last line, whatever its length; the next body may follow.
    void finish(std::string& out);

  private:
    std::string held_;
};

}  // namespace md::mail
