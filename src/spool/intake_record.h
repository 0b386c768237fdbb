// spool/intake_record.h - the octets of a segment: its header, its records, the envelope within a record
//
// PURPOSE
//   A segment is a file of fixed size: a header, then records one after the other, each at a multiple of 8. A record is
//   a message with its envelope, or a mark: "all before this place is on disk". Segments are used again and again
//   without being emptied; a record holds the serial of its segment's present use, so that what an earlier use left
//   behind is never taken for new.
// CONTRACT
//   Pure: no I/O, any octets may be given, nothing throws but for memory.
// FORMAT
//   doc/formats/intake-segment.md
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/ids.h"
#include "base/result.h"
#include "spool/envelope.h"

namespace md::spool {

inline constexpr std::size_t kSegmentHeaderSize = 64;
inline constexpr std::size_t kRecordHeaderSize = 48;
inline constexpr std::size_t kRecordAlignment = 8;

struct SegmentHeader {
    std::uint64_t serial = 0;
    std::uint64_t size_bytes = 0;
};

[[nodiscard]] std::string encode(const SegmentHeader& header);
/// none: no header of a version that we read
[[nodiscard]] std::optional<SegmentHeader> decode_segment_header(std::string_view octets);

enum class RecordKind : std::uint8_t {
    message = 1,
    large = 2,  ///< the message lies in a file of its own beside the segment
    mark = 3,   ///< all before it is on disk
    end = 4,    ///< a mark, and nothing will follow it in this segment
};

struct RecordHeader {
    RecordKind kind = RecordKind::message;
    std::uint64_t serial = 0;
    QueueId id;  ///< of a message
    std::uint32_t envelope_size = 0;
    std::uint32_t envelope_crc = 0;
    std::uint64_t message_size = 0;  ///< message: octets behind the envelope; large: of the file beside it
    std::uint32_t message_crc = 0;

    [[nodiscard]] bool is_message() const noexcept { return kind == RecordKind::message || kind == RecordKind::large; }
    /// From the record's first octet to the next record's.
    [[nodiscard]] std::uint64_t whole_size() const noexcept;
};

[[nodiscard]] std::string encode(const RecordHeader& header);
/// none: no record of this serial begins with these octets
[[nodiscard]] std::optional<RecordHeader> decode_record_header(std::string_view octets, std::uint64_t serial);
/// The distance from the first octet to one where a record header of this serial may begin, for salvage behind a
/// damaged one; npos: none within these octets. Serials cannot be guessed, so that no message's content passes for a
/// record.
[[nodiscard]] std::size_t find_record_header(std::string_view octets, std::uint64_t serial);

/// Zeros from `size` to the next multiple of kRecordAlignment.
[[nodiscard]] constexpr std::uint64_t padding_behind(std::uint64_t size) noexcept {
    return (kRecordAlignment - size % kRecordAlignment) % kRecordAlignment;
}

[[nodiscard]] std::string encode(const Envelope& envelope);
struct RecordFault {
    std::string_view text;
};
[[nodiscard]] Result<Envelope, RecordFault> decode_envelope(std::string_view octets);

}  // namespace md::spool
