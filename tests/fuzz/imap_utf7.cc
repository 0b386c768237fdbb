// tests/fuzz/imap_utf7.cc - mailbox names: what either side accepts, the other gives back

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "proto/imap/list_pattern.h"
#include "proto/imap/mailbox_name.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    using namespace md::imap;
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    if (const auto name = decode_utf7(input)) {
        const auto again = encode_utf7(*name);
        if (!again || *again != input) std::abort();
    }
    if (const auto wire = encode_utf7(input)) {
        const auto again = decode_utf7(*wire);
        if (!again || *again != input) std::abort();
    }
    if (!decode_utf7(wire_name(input))) std::abort();
    const auto half = input.substr(0, size < 512 ? size / 2 : 256);
    (void)ListPattern(input.substr(half.size(), 256)).matches(half);
    return 0;
}
