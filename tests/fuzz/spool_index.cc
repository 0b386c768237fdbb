// tests/fuzz/spool_index.cc - spool/index.h: any octets as an index; what is read, written again, is the same

#include "base/assert.h"
#include "spool/index.h"

using namespace md::spool;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string body(reinterpret_cast<const char*>(data), size);
    for (const auto& file : {body, index_header() + body}) {
        const auto content = decode_index(file);
        if (!content) continue;
        MD_ASSERT(content->complete_size <= file.size());
        auto again = index_header();
        for (const auto& entry : content->entries) again += encode(entry);
        const auto back = decode_index(again);
        MD_ASSERT(back && back->entries == content->entries && back->complete_size == again.size());
    }
    return 0;
}
