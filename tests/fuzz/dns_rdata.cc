// tests/fuzz/dns_rdata.cc - dns/rdata.h and dns/name.h: what other sites' name servers write, and names that mail
// brings
//
// The first octet says what the others are. What was read is written and read again, and must be the same.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/assert.h"
#include "dns/name.h"
#include "dns/rdata.h"

using namespace md::dns;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::string_view octets(reinterpret_cast<const char*>(data) + 1, size - 1);
    switch (data[0] % 5) {
        case 0:
            if (const auto mx = read_mx(octets)) MD_ASSERT(read_mx(write_mx(*mx)) == mx);
            break;
        case 1:
            if (const auto text = read_txt(octets)) MD_ASSERT(read_txt(write_txt(*text)) == text);
            break;
        case 2:
            if (const auto host = read_ptr(octets)) MD_ASSERT(read_ptr(write_ptr(*host)) == host);
            break;
        case 3:
            if (const auto tlsa = read_tlsa(octets)) MD_ASSERT(read_tlsa(write_tlsa(*tlsa)) == tlsa);
            break;
        case 4:
            if (const auto name = to_query_name(octets)) MD_ASSERT(to_query_name(*name) == name);
            break;
        default: break;
    }
    return 0;
}
