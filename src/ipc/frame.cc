// ipc/frame.cc - see frame.h

#include "ipc/frame.h"

#include "base/bytes.h"

namespace md::ipc {

std::string encode(const Header& header) {
    std::string out;
    out.reserve(kHeaderSize);
    put_number(out, header.payload_bytes);
    put_number(out, kVersion);
    put_number(out, static_cast<std::uint8_t>(header.kind));
    put_number(out, header.type);
    put_number(out, header.id);
    put_number(out, header.descriptors);
    put_number(out, std::uint16_t{0});
    return out;
}

Result<Header, HeaderFault> decode(std::string_view octets, std::size_t max_payload) noexcept {
    ByteReader in(octets);
    Header header;
    header.payload_bytes = in.number<std::uint32_t>();
    const auto version = in.number<std::uint8_t>();
    const auto kind = in.number<std::uint8_t>();
    header.type = in.number<std::uint16_t>();
    header.id = in.number<std::uint32_t>();
    header.descriptors = in.number<std::uint16_t>();
    const auto reserved = in.number<std::uint16_t>();
    if (!in.ok() || version != kVersion) return fail(HeaderFault::version);
    if (kind < 1 || kind > 3) return fail(HeaderFault::kind);
    if (header.payload_bytes > max_payload) return fail(HeaderFault::too_large);
    if (header.descriptors > kMaxDescriptors) return fail(HeaderFault::descriptors);
    if (reserved != 0) return fail(HeaderFault::reserved);
    header.kind = static_cast<Kind>(kind);
    return header;
}

}  // namespace md::ipc
