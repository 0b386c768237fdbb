// proto/milter/packet.h - the milter protocol's packets, both directions, version 6 with our extension
//
// PURPOSE
//   A packet is a 32-bit length in network order, a command octet and data. Writers append whole packets; take_packet()
//   finds the next one; the readers turn a packet's data into values. Client (MTA) and server (filter) share all of it.
// CONTRACT
//   Pure: no I/O. Readers take any octets: what they cannot read is none. Views point into the packet.
// EXTENSION
//   An action bit (kOurVerdicts) that only mdfilterd's own socket offers: at the end of a message the filter may send
//   one packet 'V' with a verdict for each recipient before its last reply; another (kOurReuse) says that it takes
//   SMFIC_QUIT_NC. doc/formats/milter-verdicts.md
// RFC
//   none; the protocol is that of Sendmail's libmilter (SMFI_PROT_VERSION 6), the oracle of the tests
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace md::milter {

inline constexpr std::uint32_t kVersion = 6;
inline constexpr std::size_t kPacketLimit = 1U << 20;  ///< what we take; libmilter's own largest is 1 MiB
inline constexpr std::size_t kBodyChunk = 65'535;      ///< what every milter takes

/// From MTA to filter.
namespace command {
inline constexpr char kNegotiate = 'O', kMacro = 'D', kConnect = 'C', kHelo = 'H', kMail = 'M', kRcpt = 'R',
                      kData = 'T', kHeader = 'L', kEndOfHeader = 'N', kBody = 'B', kEndOfBody = 'E', kAbort = 'A',
                      kQuit = 'Q', kQuitNewConnection = 'K', kUnknown = 'U';
}  // namespace command

/// From filter to MTA.
namespace reply {
inline constexpr char kContinue = 'c', kAccept = 'a', kReject = 'r', kTempFail = 't', kDiscard = 'd', kReplyCode = 'y',
                      kProgress = 'p', kSkip = 's', kAddRcpt = '+', kAddRcptArgs = '2', kDeleteRcpt = '-',
                      kAddHeader = 'h', kInsertHeader = 'i', kChangeHeader = 'm', kReplaceBody = 'b', kChangeFrom = 'e',
                      kQuarantine = 'q', kShutdown = '4', kConnectionFailed = 'f', kSymbolList = 'l', kVerdicts = 'V';
}  // namespace reply

/// What a filter may do to a message (SMFIF_).
namespace action {
inline constexpr std::uint32_t kAddHeaders = 0x1, kChangeBody = 0x2, kAddRcpt = 0x4, kDeleteRcpt = 0x8,
                               kChangeHeaders = 0x10, kQuarantine = 0x20, kChangeFrom = 0x40, kAddRcptArgs = 0x80,
                               kSetSymbolList = 0x100, kOurReuse = 0x2000'0000, kOurVerdicts = 0x4000'0000;
}  // namespace action

/// What the filter does not want to see, or does not answer (SMFIP_).
namespace step {
inline constexpr std::uint32_t kNoConnect = 0x1, kNoHelo = 0x2, kNoMail = 0x4, kNoRcpt = 0x8, kNoBody = 0x10,
                               kNoHeaders = 0x20, kNoEndOfHeader = 0x40, kNoReplyHeader = 0x80, kNoUnknown = 0x100,
                               kNoData = 0x200, kSkip = 0x400, kRejectedRcpt = 0x800, kNoReplyConnect = 0x1000,
                               kNoReplyHelo = 0x2000, kNoReplyMail = 0x4000, kNoReplyRcpt = 0x8000,
                               kNoReplyData = 0x1'0000, kNoReplyUnknown = 0x2'0000, kNoReplyEndOfHeader = 0x4'0000,
                               kNoReplyBody = 0x8'0000, kHeaderLeadingSpace = 0x10'0000;
/// All that we know: a filter is offered no others.
inline constexpr std::uint32_t kAll = 0x1f'ffff;
}  // namespace step

struct Packet {
    char command;
    std::string_view data;
};

struct TakenPacket {
    std::optional<Packet> packet;  ///< none: not yet whole
    std::size_t size = 0;          ///< octets of it, length field included
    bool broken = false;           ///< an empty one, or longer than kPacketLimit
};
[[nodiscard]] TakenPacket take_packet(std::string_view input) noexcept;

void put_packet(std::string& out, char command, std::string_view data);
/// The texts each with a NUL behind it; a NUL inside one ends it.
void put_texts(std::string& out, char command, const std::vector<std::string_view>& texts);
void put_numbered(std::string& out, char command, std::uint32_t number, const std::vector<std::string_view>& texts);

/// The NUL-ended texts of a packet; none if the last one does not end.
[[nodiscard]] std::optional<std::vector<std::string_view>> read_texts(std::string_view data);
struct Numbered {
    std::uint32_t number;
    std::vector<std::string_view> texts;
};
[[nodiscard]] std::optional<Numbered> read_numbered(std::string_view data);

struct Negotiation {
    std::uint32_t version = kVersion;
    std::uint32_t actions = 0;
    std::uint32_t steps = 0;
};
void put_negotiation(std::string& out, const Negotiation& negotiation);
[[nodiscard]] std::optional<Negotiation> read_negotiation(std::string_view data) noexcept;

struct ConnectInfo {
    std::string host;
    char family = 'U';  ///< '4', '6', 'L' (local) or 'U' (unknown)
    std::uint16_t port = 0;
    std::string address;
};
void put_connect(std::string& out, const ConnectInfo& info);
[[nodiscard]] std::optional<ConnectInfo> read_connect(std::string_view data);

struct Macro {
    std::string name;  ///< with braces where it has them: "{auth_authen}", "i"
    std::string value;
};
void put_macros(std::string& out, char for_command, const std::vector<Macro>& macros);
struct Macros {
    char for_command;
    std::vector<Macro> macros;
};
[[nodiscard]] std::optional<Macros> read_macros(std::string_view data);

/// A verdict for one recipient, by its number in the order in which RCPT accepted it.
struct RecipientVerdict {
    enum class Action : std::uint8_t { accept, tag, junk, quarantine, queue, refuse, discard };
    std::uint32_t recipient = 0;
    Action action = Action::accept;
    std::int32_t score_hundredths = 0;
    std::string queue;
    std::string reason;
};
void put_verdicts(std::string& out, const std::vector<RecipientVerdict>& verdicts);
[[nodiscard]] std::optional<std::vector<RecipientVerdict>> read_verdicts(std::string_view data);

}  // namespace md::milter
