// proto/foreign.h - a client that speaks another protocol
//
// PURPOSE
//   A browser made to connect to a mail port sends an HTTP request whose body is chosen by a stranger (ALPACA, threats:
//   cross-protocol). A session ends at the first line that looks so, before the body can be read as commands.
#pragma once

#include <array>
#include <string_view>

#include "base/strings.h"

namespace md::proto {

/// An HTTP request line, or a header field that only HTTP sends, or a TLS record on a port that does not begin with
/// TLS.
[[nodiscard]] inline bool looks_foreign(std::string_view line) noexcept {
    static constexpr std::array<std::string_view, 11> kBeginnings{"GET ",    "POST ",    "HEAD ",       "PUT ",
                                                                  "DELETE ", "OPTIONS ", "TRACE ",      "CONNECT ",
                                                                  "PATCH ",  "Host: ",   "User-Agent: "};
    for (const auto beginning : kBeginnings)
        if (starts_with_nocase(line, beginning)) return true;
    return line.size() >= 2 && line[0] == '\x16' && line[1] == '\x03';
}

}  // namespace md::proto
