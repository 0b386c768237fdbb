// proto/smtp/reply_reader.h - what a server answers us, from its octets
//
// PURPOSE
//   The client's side of reply.h: ReplyReader reads one reply of one or many lines, one_line() tells it to people,
//   read_offer() takes from the reply to EHLO or LHLO what the server can do.
// CONTRACT
//   Pure; linear, however the octets are cut. Takes what servers send: LF alone as a line's end, "250" without text, a
//   tab for the blank. No reply: a line without a code of 200 to 599, codes that differ within one reply, and what is
//   beyond the limits; then the reader is of no more use, and nor is the connection, for nobody knows where the next
//   reply begins.
//   The text is the server's own octets. Whoever shows it takes one_line(), which no octet of a server leaves.
// RFC
//   5321 §4.2, §4.2.1, §4.5.3.1.5; 2034 §4 and 3463 §2 (status); 5321 §4.1.1.1 and those of extension.h (EHLO)
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mail/status.h"
#include "proto/smtp/extension.h"

namespace md::smtp {

inline constexpr std::size_t kReplyLineLimit = 4096;      ///< octets with the line's end; RFC 5321: 512
inline constexpr std::size_t kReplyTextLimit = 8 * 1024;  ///< octets of text that are kept
inline constexpr std::size_t kReplyLines = 1000;          ///< of one reply
inline constexpr std::size_t kReplyLimit = 1024 * 1024;   ///< octets of one reply
inline constexpr std::size_t kReplyOneLineLimit = 500;    ///< octets that one_line() gives

struct ServerReply {
    int code = 0;
    std::optional<mail::Status> status;  ///< of the first line that has one, if its class is the code's
    std::vector<std::string> lines;      ///< without code and status
    std::size_t dropped_lines = 0;       ///< that came behind those, beyond kReplyTextLimit

    [[nodiscard]] bool positive() const noexcept { return code / 100 == 2; }
    [[nodiscard]] bool intermediate() const noexcept { return code / 100 == 3; }
    [[nodiscard]] bool transient() const noexcept { return code / 100 == 4; }
    [[nodiscard]] bool permanent() const noexcept { return code / 100 == 5; }
};

class ReplyReader {
  public:
    enum class Progress : std::uint8_t { more, complete, malformed };
    struct Step {
        std::size_t consumed = 0;
        Progress progress = Progress::more;
    };

    /// Consumes up to the end of the reply, or all. Not to be called after `malformed`.
    [[nodiscard]] Step feed(std::string_view octets);
    /// The reply, after `complete`; the reader begins anew.
    [[nodiscard]] ServerReply take();
    /// After `malformed`: why, in words for people.
    [[nodiscard]] std::string_view fault() const noexcept { return fault_; }
    /// A reply has begun to arrive.
    [[nodiscard]] bool begun() const noexcept { return octets_ > 0; }

  private:
    [[nodiscard]] Progress take_line();
    [[nodiscard]] Progress refuse(std::string_view fault);
    void keep_text(std::string_view text);

    ServerReply reply_;
    std::string line_;  ///< of which the end has not come yet
    std::size_t octets_ = 0;
    std::size_t lines_ = 0;
    std::size_t kept_ = 0;
    std::string_view fault_;
};

/// "550 5.1.1 no such user": all lines as one, for logs and reports. Control octets, and those from 0x80 where the
/// whole is no UTF-8, are '?'.
[[nodiscard]] std::string one_line(const ServerReply& reply);

/// What the positive reply to EHLO or LHLO offers. Keywords in any case; "AUTH=LOGIN", as old servers have it, is AUTH;
/// mechanisms come out in capitals; what is unknown or makes no sense is passed over.
[[nodiscard]] Offer read_offer(const ServerReply& ehlo);

/// A limit of RFC 9422 ("RCPTMAX"); none: not told, or no number above zero.
[[nodiscard]] std::optional<std::uint64_t> told_limit(const Offer& offer, std::string_view name);

}  // namespace md::smtp
