// base/utf8.cc - see utf8.h

#include "base/utf8.h"

namespace md {

namespace {

struct Lead {
    std::size_t tail;      ///< octets that follow
    unsigned char lowest;  ///< bounds of the first of them
    unsigned char highest;
};

/// RFC 3629 §4; tail 0 for what leads nothing.
Lead lead_of(unsigned char octet) noexcept {
    if (octet >= 0xc2 && octet <= 0xdf) return {1, 0x80, 0xbf};
    if (octet == 0xe0) return {2, 0xa0, 0xbf};
    if (octet == 0xed) return {2, 0x80, 0x9f};
    if (octet >= 0xe1 && octet <= 0xef) return {2, 0x80, 0xbf};
    if (octet == 0xf0) return {3, 0x90, 0xbf};
    if (octet >= 0xf1 && octet <= 0xf3) return {3, 0x80, 0xbf};
    if (octet == 0xf4) return {3, 0x80, 0x8f};
    return {0, 0, 0};
}

}  // namespace

bool is_utf8(std::string_view text) noexcept {
    const auto octet = [&](std::size_t at) { return static_cast<unsigned char>(text[at]); };
    for (std::size_t at = 0; at < text.size();) {
        if (octet(at) < 0x80) {
            ++at;
            continue;
        }
        const auto lead = lead_of(octet(at));
        if (lead.tail == 0 || text.size() - at <= lead.tail) return false;
        if (octet(at + 1) < lead.lowest || octet(at + 1) > lead.highest) return false;
        for (std::size_t i = 2; i <= lead.tail; ++i)
            if ((octet(at + i) & 0xc0) != 0x80) return false;
        at += lead.tail + 1;
    }
    return true;
}

}  // namespace md
