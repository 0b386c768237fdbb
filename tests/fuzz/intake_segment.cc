// tests/fuzz/intake_segment.cc - spool/intake_record.h: any octets as a segment, walked over as the reader does

#include <algorithm>

#include "base/assert.h"
#include "spool/intake_names.h"
#include "spool/intake_record.h"

using namespace md::spool;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view octets(reinterpret_cast<const char*>(data), size);
    const auto segment = decode_segment_header(octets);
    const auto serial = segment ? segment->serial : 0x0102030405000001U;
    if (segment) MD_ASSERT(decode_segment_header(encode(*segment))->size_bytes == segment->size_bytes);
    for (std::size_t at = 0; at < size;) {
        const auto rest = octets.substr(at);
        const auto header = decode_record_header(rest, serial);
        if (!header) {
            const auto next = find_record_header(rest, serial);
            if (next == std::string_view::npos) break;
            MD_ASSERT(next > 0 && next % kRecordAlignment == 0);
            at += next;
            continue;
        }
        MD_ASSERT(header->whole_size() >= kRecordHeaderSize);
        if (header->is_message() && rest.size() >= kRecordHeaderSize)
            (void)decode_envelope(rest.substr(kRecordHeaderSize, header->envelope_size));
        at += static_cast<std::size_t>(std::min<std::uint64_t>(header->whole_size(), rest.size()));
    }
    if (const auto envelope = decode_envelope(octets)) {
        const auto back = decode_envelope(encode(*envelope));
        MD_ASSERT(back && *back == *envelope);
    }
    if (const auto name = parse_intake_name(octets)) MD_ASSERT(name->text() == octets);
    return 0;
}
