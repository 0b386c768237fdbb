// spool/intake_record.cc - see intake_record.h; byte by byte in doc/formats/intake-segment.md

#include "spool/intake_record.h"

#include "base/bytes.h"
#include "base/crc32c.h"

namespace md::spool {

namespace {

constexpr std::string_view kSegmentMagic = "MDINTAKE";
constexpr std::uint32_t kSegmentVersion = 1;
constexpr std::uint32_t kRecordMagic = 0x4352444d;  // "MDRC"
constexpr std::uint8_t kRecordVersion = 1;

/// So that a record looked for octet by octet is told from content at once: magic, kind and version stand before the
/// serial.
constexpr std::size_t kSerialOffset = 8;

}  // namespace

std::string encode(const SegmentHeader& header) {
    std::string out(kSegmentMagic);
    put_number(out, kSegmentVersion);
    put_number(out, std::uint32_t{0});
    put_number(out, header.serial);
    put_number(out, header.size_bytes);
    put_number(out, crc32c(out));
    out.resize(kSegmentHeaderSize, '\0');
    return out;
}

std::optional<SegmentHeader> decode_segment_header(std::string_view octets) {
    ByteReader in(octets);
    SegmentHeader header;
    const auto magic = in.take(kSegmentMagic.size());
    const auto version = in.number<std::uint32_t>();
    in.number<std::uint32_t>();
    header.serial = in.number<std::uint64_t>();
    header.size_bytes = in.number<std::uint64_t>();
    const auto checked = octets.size() - in.rest().size();
    const auto crc = in.number<std::uint32_t>();
    if (!in.ok() || magic != kSegmentMagic || version != kSegmentVersion) return std::nullopt;
    if (crc != crc32c(octets.substr(0, checked))) return std::nullopt;
    return header;
}

std::uint64_t RecordHeader::whole_size() const noexcept {
    std::uint64_t size = kRecordHeaderSize;
    if (is_message()) size += envelope_size;
    if (kind == RecordKind::message) size += message_size;
    return size + padding_behind(size);
}

std::string encode(const RecordHeader& header) {
    std::string out;
    out.reserve(kRecordHeaderSize);
    put_number(out, kRecordMagic);
    put_number(out, static_cast<std::uint8_t>(header.kind));
    put_number(out, kRecordVersion);
    put_number(out, std::uint16_t{0});
    put_number(out, header.serial);
    put_number(out, header.id.value());
    put_number(out, header.envelope_size);
    put_number(out, header.envelope_crc);
    put_number(out, header.message_size);
    put_number(out, header.message_crc);
    put_number(out, crc32c(out));
    return out;
}

std::optional<RecordHeader> decode_record_header(std::string_view octets, std::uint64_t serial) {
    if (octets.size() < kRecordHeaderSize) return std::nullopt;
    octets = octets.substr(0, kRecordHeaderSize);
    ByteReader in(octets);
    const auto magic = in.number<std::uint32_t>();
    const auto kind = in.number<std::uint8_t>();
    const auto version = in.number<std::uint8_t>();
    in.number<std::uint16_t>();
    RecordHeader header;
    header.serial = in.number<std::uint64_t>();
    if (magic != kRecordMagic || version != kRecordVersion || header.serial != serial) return std::nullopt;
    if (kind < static_cast<std::uint8_t>(RecordKind::message) || kind > static_cast<std::uint8_t>(RecordKind::end))
        return std::nullopt;
    header.kind = static_cast<RecordKind>(kind);
    header.id = QueueId(in.number<std::uint64_t>());
    header.envelope_size = in.number<std::uint32_t>();
    header.envelope_crc = in.number<std::uint32_t>();
    header.message_size = in.number<std::uint64_t>();
    header.message_crc = in.number<std::uint32_t>();
    // A sum that wraps would lead backwards: no writer makes such sizes.
    if (header.message_size > std::uint64_t{1} << 62) return std::nullopt;
    if (in.number<std::uint32_t>() != crc32c(octets.substr(0, kRecordHeaderSize - 4))) return std::nullopt;
    return header;
}

std::size_t find_record_header(std::string_view octets, std::uint64_t serial) {
    std::string wanted;
    put_number(wanted, serial);
    for (std::size_t at = kSerialOffset; (at = octets.find(wanted, at)) != std::string_view::npos; ++at) {
        const auto start = at - kSerialOffset;
        if (start % kRecordAlignment == 0 && decode_record_header(octets.substr(start), serial)) return start;
    }
    return std::string_view::npos;
}

}  // namespace md::spool
