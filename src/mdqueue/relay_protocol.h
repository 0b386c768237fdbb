// mdqueue/relay_protocol.h - what the manager asks of a relay child, and what it answers
//
// PURPOSE
//   A relay job is one message for some recipients of one destination. Its octets come as a descriptor, so that the
//   child opens no path of mail.
// CONTRACT
//   Pure: codecs of payloads of ipc frames. What cannot be read is none.
// FORMAT
//   doc/formats/relay.md
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "spool/envelope.h"

namespace md::mdqueue {

namespace relay_request {
inline constexpr std::uint16_t kRelay = 1;  ///< a RelayJob and one descriptor; answered by a RelayResult
}  // namespace relay_request

struct RelayJob {
    std::string domain;        ///< the recipients'; asked for mail exchangers, unless a route names others
    spool::Envelope envelope;  ///< with those recipients alone
    std::uint64_t size = 0;    ///< octets of the file; what is sent begins at envelope.relay_from
};
[[nodiscard]] std::string encode(const RelayJob& job);
[[nodiscard]] std::optional<RelayJob> decode_relay_job(std::string_view payload);

/// What became of one recipient.
struct RelayEnd {
    enum class Kind : std::uint8_t {
        relayed,
        deferred,
        failed,
        again  ///< not asked about, for others were to be told of first: it goes at once, and this was no try
    };
    Kind kind = Kind::deferred;
    std::string status;      ///< enhanced code
    std::string text;        ///< the reply, or why there is none; one line
    std::string host;        ///< whose reply it is: "mx.example.org [192.0.2.1]"; empty: ours
    std::string transcript;  ///< of the exchange that decided; lines
    bool tells = false;      ///< relayed: that host reports a success where one is asked for (RFC 3461)

    friend bool operator==(const RelayEnd&, const RelayEnd&) = default;
};

struct RelayResult {
    /// Of the destination, not of this message: it answered; it could not be reached; nothing was learnt.
    enum class Learnt : std::uint8_t { well, trouble, nothing };
    std::vector<RelayEnd> ends;  ///< as many as there were recipients, in their order
    Learnt learnt = Learnt::nothing;
    std::string reason;  ///< trouble: one line
};
[[nodiscard]] std::string encode(const RelayResult& result);
[[nodiscard]] std::optional<RelayResult> decode_relay_result(std::string_view payload);

/// Which of `children` serves this destination: always the same, so that it can use a connection again.
[[nodiscard]] unsigned relay_child_for(std::string_view destination, unsigned children) noexcept;

}  // namespace md::mdqueue
