// mail/transfer_decoder.h - the octets of a body behind its Content-Transfer-Encoding
//
// PURPOSE
//   Takes a body as it stands in the message, in pieces of any size, and appends what it means.
// CONTRACT
//   Never fails: whatever can be decoded is, for broken mail is read too. finish() says whether all was as the RFC has
//   it; a caller who must not guess (BINARY, RFC 3516 §4.3) asks that. Line ends, LF or CRLF, stay as they are.
//   Linear; holds at most kHeldLimit octets between two calls; makes no more octets than it is fed.
// BROKEN MAIL
//   base64: octets outside the alphabet are left out; "=" ends a group and another may follow (bodies put together
//   from two); a last group cut short gives the octets that it has. Only a list's footer in clear text is noise.
//   quoted-printable: "=" before anything but two digits or a line end stays; lower-case digits count; blanks before a
//   line end, which transport added, are dropped; a line may be of any length.
// RFC
//   2045 §6.1-6.8
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace md::mail {

enum class Encoding : std::uint8_t {
    identity,  ///< 7bit, 8bit, binary, or no field at all
    quoted_printable,
    base64,
    unknown  ///< another word: the octets are given as they are
};

/// What a Content-Transfer-Encoding field says (comments, case and blanks aside). Empty: identity.
[[nodiscard]] Encoding encoding_of(std::string_view field_value) noexcept;

class TransferDecoder {
  public:
    /// A longer run of blanks is part of the text, wherever it ends.
    static constexpr std::size_t kHeldLimit = 1024;

    explicit TransferDecoder(Encoding encoding) noexcept : encoding_(encoding) {}

    void feed(std::string_view octets, std::string& out);
    /// What is still held. False: something was broken, or the encoding is unknown.
    [[nodiscard]] bool finish(std::string& out);

  private:
    void feed_base64(std::string_view octets, std::string& out);
    void add_sextet(unsigned value, std::string& out);
    void end_group(std::string& out);
    void feed_quoted_printable(std::string_view octets, std::string& out);
    void decode_line(std::string_view line, bool ended, std::string& out);
    void decode_escapes(std::string_view text, std::string& out);

    Encoding encoding_;
    bool broken_ = false;
    std::uint32_t group_ = 0;  ///< base64: the bits so far ...
    unsigned sextets_ = 0;     ///< ... and of how many letters
    std::string held_;         ///< quoted-printable: the end of a piece whose meaning comes with the next
};

/// The whole of a text in memory, broken or not.
[[nodiscard]] std::string transfer_decode(std::string_view octets, Encoding encoding);

}  // namespace md::mail
