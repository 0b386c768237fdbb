// tests/fuzz/address_list.cc - any octets as the value of an address field
//
// Groups begin and end in turn, the list ends, nothing is looked at more than a few times.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/assert.h"
#include "mail/address_list.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace md::mail;
    AddressListScanner scanner({reinterpret_cast<const char*>(data), size});
    ListedAddress address;
    bool in_group = false;
    std::size_t count = 0;
    while (scanner.next(address)) {
        const bool starts = address.kind == ListedAddress::Kind::group_start;
        const bool ends = address.kind == ListedAddress::Kind::group_end;
        MD_ASSERT(!(starts && in_group) && !(ends && !in_group));
        if (starts) in_group = true;
        if (ends) in_group = false;
        MD_ASSERT(address.mailbox.find('\n') == std::string_view::npos);
        MD_ASSERT(++count <= 2 * size + 2);
    }
    MD_ASSERT(!in_group);
    MD_ASSERT(scanner.work() <= 4 * size + 16);
    return 0;
}
