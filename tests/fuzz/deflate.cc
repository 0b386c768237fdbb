// tests/fuzz/deflate.cc - any octets as what a compressing client sends

#include "net/deflate.h"

#include <cstddef>
#include <cstdint>
#include <string>

#include "base/assert.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::size_t limit = 1 + data[0];
    std::string_view packed(reinterpret_cast<const char*>(data) + 1, size - 1);
    md::net::Inflater inflater;
    std::size_t most = 2000 * size + 4096;  // deflate cannot unpack to more
    do {
        std::string out = "before";
        const bool sound = inflater.unpack(packed, out, limit);
        MD_ASSERT(out.starts_with("before") && out.size() <= 6 + limit);
        MD_ASSERT(out.size() - 6 <= most);
        most -= out.size() - 6;
        if (!sound || (out.size() == 6 && !packed.empty())) break;
    } while (!packed.empty() || inflater.holds_more());
    return 0;
}
