// tests/fuzz/address_text.cc - base/address.h and base/clock.h: what is read is written, and read again the same

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/address.h"
#include "base/assert.h"
#include "base/clock.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    if (const auto address = md::IpAddress::parse(text)) {
        MD_ASSERT(md::IpAddress::parse(address->text()) == address);
        MD_ASSERT(md::IpAddress::from_octets(address->octets()) == address);
    }
    if (const auto network = md::Network::parse(text)) {
        MD_ASSERT(md::Network::parse(network->text()) == network);
        MD_ASSERT(network->contains(network->base()));
    }
    if (const auto time = md::parse_rfc3339(text)) MD_ASSERT(md::parse_rfc3339(md::rfc3339(*time)) == time);
    return 0;
}
