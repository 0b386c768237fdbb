// relay/outcome.h - what became of a message for one recipient at one host
//
// CONTRACT
//   A value. `status` is the server's, or made of its code where it gave none (RFC 3463 §3.1: X.0.0). `host_fault` says
//   whose fault a failure is. True: the host's or the connection's - no connection, no service (421), silence,
//   nonsense; the next host may do better, and the destination is left in peace for a while. False: this message's or
//   this recipient's alone.
// RFC
//   5321 §4.2.1, §4.5.3.1.10; 3463; 1047 (messages that come twice)
#pragma once

#include <cstdint>
#include <string>

#include "mail/status.h"
#include "proto/smtp/reply_reader.h"

namespace md::relay {

struct Outcome {
    enum class Kind : std::uint8_t { delivered, deferred, failed };

    Kind kind = Kind::deferred;
    mail::Status status{4, 0, 0};
    std::string reply;  ///< the server's as one line; where it gave none, why, in our words
    bool host_fault = false;
    bool untried =
        false;  ///< not this time, and through no fault of it: counts as no attempt; over a new connection at once
    bool needs_seven_bit = false;  ///< failed only because the body has 8-bit octets: to be converted and sent again
    bool speaks_of_lines = false;  ///< failed for what the message holds, perhaps for lines of more than 998 octets
    bool uncertain = false;        ///< deferred, and yet the host may have it: it can come twice (RFC 1047)
    std::string transcript;        ///< the exchange that decided: ">>> RCPT TO:<x>", "<<< 550 5.1.1 no"; for reports
    std::uint32_t number = 0;      ///< of the recipient, as the cargo has it

    [[nodiscard]] bool delivered() const noexcept { return kind == Kind::delivered; }
};

/// Of a reply with 2xx, 4xx or 5xx.
[[nodiscard]] Outcome outcome_of(const smtp::ServerReply& reply);

/// The host is of no use now.
[[nodiscard]] Outcome host_failed(mail::Status status, std::string why);

/// It will never be taken, by what we know ourselves.
[[nodiscard]] Outcome refused(mail::Status status, std::string why);

/// At most kTranscriptLimit octets, all lines of the reply; a command of our own as it may be shown.
[[nodiscard]] std::string transcript_of(const std::string& command, const smtp::ServerReply& reply);
[[nodiscard]] std::string transcript_of(const std::string& command, const Outcome& trouble);

inline constexpr std::size_t kTranscriptLimit = 2048;

}  // namespace md::relay
