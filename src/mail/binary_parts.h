// mail/binary_parts.h - a message with binary parts, as one that every reader can take
//
// PURPOSE
//   What is stored is text of lines; APPEND by literal8 may bring parts of any octets. plan_text_form() says
//   how such a message is written: piece by piece as it stands, as other text, or in base64.
// CONTRACT
//   Pure, linear. Of a part that is told to be binary, or that holds NUL, the body becomes base64 and its
//   Content-Transfer-Encoding says so; what contains such parts becomes 8bit. Nothing else is touched (RFC 3516 §6).
// RFC
//   3516 §4.4, §6; 2045 §6
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "mail/structure.h"

namespace md::mail {

struct TextFormPiece {
    enum class Kind : std::uint8_t {
        as_it_is,  ///< the octets from `begin` to `end` of the message
        base64,    ///< these, encoded, in lines
        text,      ///< `text`
    } kind = Kind::as_it_is;
    std::uint64_t begin = 0;
    std::uint64_t end = 0;
    std::string text = {};
    friend bool operator==(const TextFormPiece&, const TextFormPiece&) = default;
};

/// The pieces of the message in their order; one piece as it is if nothing is to be done. `has_nul(begin, end)` tells
/// of octets of the message.
[[nodiscard]] std::vector<TextFormPiece> plan_text_form(
    const Structure& structure, const std::function<bool(std::uint64_t begin, std::uint64_t end)>& has_nul);

}  // namespace md::mail
