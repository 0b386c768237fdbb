// mail/seven_bit_plan.h - what of a message must be encoded before a server without 8BITMIME can take it
//
// PURPOSE
//   A client whose server does not offer 8BITMIME converts a message with 8-bit content, or returns it (RFC 6152 §3).
//   SevenBitPlanner is fed the message's file once and says how it is converted: SevenBitWriter (seven_bit.h) does it
//   in a second pass. Two passes, for what a label says of a part is believed only when all of the part was seen.
// CONTRACT
//   Pure, linear, pieces of any cut. Lines end with LF, or CRLF. Memory: that of a StructureParser within the limits
//   given, and some octets for each part. Not 7bit is a body with an octet from 0x80, a NUL, a CR that ends no line, or
//   a line of more than 998 octets (RFC 2045 §2.7), whatever its label. A message without any needs no change. In one
//   that has some
//     a leaf that is not 7bit becomes quoted-printable if it is text, or one of the reports that RFC 6533 lets be
//       encoded, else base64; one encoded already, but badly, is written anew in its encoding;
//     other parts that say 8bit or binary say 7bit (RFC 2045 §6.4);
//     lines before the first and behind the last boundary of a multipart, which are for nobody (RFC 2046 §5.1.1), are
//       left out if they are not 7bit;
//     MIME-Version is added to a message without it in which a part's encoding was changed.
//   Headers stay as they are but for that; header_is_eight_bit tells of octets from 0x80 in any (RFC 6532: they need
//   SMTPUTF8), and what is converted is then 7bit except for them. Signatures over the body (DKIM) break: who signs
//   does so afterwards.
// RFC
//   6152 §3; 2045 §2, §6; 2046 §5; 1847 §2.1; 3463 §3.7 (5.6.3: conversion required but not supported)
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "mail/structure.h"

namespace md::mail {

/// RFC 2045 §2.7, without the line end.
inline constexpr std::size_t kSevenBitLine = 998;

/// A line, without its end, that is 7bit.
[[nodiscard]] bool is_seven_bit(std::string_view line) noexcept;

struct SevenBitPiece {
    enum class Kind : std::uint8_t {
        as_it_is,  ///< the octets from `begin` to `end` of the message
        lines,     ///< of these the lines that are 7bit
        quoted,    ///< these, in quoted-printable
        requoted,  ///< these are quoted-printable, put right
        base64,    ///< these, in base64, with CRLF for a line end
        rebased,   ///< these are base64, written anew
        text       ///< `text`
    } kind = Kind::as_it_is;
    std::uint64_t begin = 0;
    std::uint64_t end = 0;
    std::string text = {};
    friend bool operator==(const SevenBitPiece&, const SevenBitPiece&) = default;
};

struct SevenBitPlan {
    /// Why a message cannot be converted.
    enum class Fault : std::uint8_t {
        none,
        signed_content,  ///< what multipart/signed holds may not change (RFC 1847 §2.1)
        boundary,        ///< a boundary's line is not 7bit
        composite,       ///< a part of parts that cannot be told apart, or that may have no encoding (RFC 2045 §6.4)
        encoding         ///< the part has an encoding that is not known
    } fault = Fault::none;
    bool needed = false;  ///< something is not 7bit
    bool header_is_eight_bit = false;
    std::vector<SevenBitPiece> pieces;  ///< in their order; what is in none is left out. None after a fault
};

/// In words for the report to the sender.
[[nodiscard]] std::string_view describe(SevenBitPlan::Fault fault) noexcept;

class SevenBitPlanner {
  public:
    explicit SevenBitPlanner(const StructureLimits& limits = {}) : limits_(limits), parser_(limits) {}

    void feed(std::string_view octets);
    /// Once, after the last piece.
    [[nodiscard]] SevenBitPlan finish();

    /// What was seen of one part, apart from the parts in it.
    struct Seen {
        bool body = false;               ///< is not 7bit
        bool boundary = false;           ///< one of its boundaries is not
        bool divided = false;            ///< it has a boundary
        bool header_eight_bit = false;   ///< as the plan's
        bool mime_version = false;       ///< a field of it
        std::uint64_t blank = kNoBlank;  ///< where the line that ends its header is
    };
    static constexpr std::uint64_t kNoBlank = ~std::uint64_t{0};

  private:
    void look(std::string_view text);
    void end_line();

    StructureLimits limits_;
    StructureParser parser_;
    std::vector<Seen> seen_;
    std::uint64_t offset_ = 0;
    // Of the line that is read.
    std::uint64_t line_begin_ = 0;
    std::uint64_t line_octets_ = 0;  ///< without its end
    std::string front_;              ///< as much as the name of a field that counts
    bool cr_ = false;                ///< a CR was the last octet
    bool eight_bit_ = false;
    bool control_ = false;  ///< NUL, or a CR that ends no line
};

}  // namespace md::mail
