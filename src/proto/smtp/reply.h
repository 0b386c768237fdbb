// proto/smtp/reply.h - what an SMTP or LMTP server answers
//
// PURPOSE
//   A Reply is code, enhanced status and text as one value: rules make it, the session sends its bytes.
// CONTRACT
//   bytes() gives whole lines with CRLF, each with the code, of at most 512 octets (RFC 5321 §4.5.3.1.5): longer text
//   is cut into more lines. No text can leave its line: octets that are not printable ASCII become '?', an LF in the
//   text begins the next line.
// RFC
//   5321 §4.2; 2034 §4 (the status before each line's text)
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "mail/status.h"

namespace md::smtp {

using mail::Status;

struct Reply {
    int code = 0;
    std::optional<Status> status;  ///< none: greeting, HELO, EHLO, 3xx (RFC 2034 §4)
    std::string text;              ///< one line, or several with LF between them

    Reply() = default;
    Reply(int reply_code, std::string reply_text) : code(reply_code), text(std::move(reply_text)) {}
    Reply(int reply_code, Status enhanced, std::string reply_text)
        : code(reply_code), status(enhanced), text(std::move(reply_text)) {}

    [[nodiscard]] bool positive() const noexcept { return code < 400; }
    [[nodiscard]] bool transient() const noexcept { return code >= 400 && code < 500; }
    [[nodiscard]] std::string bytes() const;
};

}  // namespace md::smtp
