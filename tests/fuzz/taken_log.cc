// tests/fuzz/taken_log.cc - spool/taken.h: any octets as a log; what is read, written again, is the same

#include "base/assert.h"
#include "spool/taken.h"

using namespace md::spool;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    constexpr std::uint64_t kSerial = 0x0102030405000001;
    const std::string body(reinterpret_cast<const char*>(data), size);
    for (const auto& file : {body, taken_header(kSerial) + body}) {
        const auto content = decode_taken(file, kSerial);
        if (!content) continue;
        MD_ASSERT(content->complete_size <= file.size());
        auto again = taken_header(kSerial);
        for (const auto& entry : content->entries) again += encode(entry);
        const auto back = decode_taken(again, kSerial);
        MD_ASSERT(back && back->entries == content->entries && back->complete_size == again.size());
    }
    return 0;
}
