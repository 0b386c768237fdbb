// tests/fuzz/ipc_frame.cc - ipc/frame.h and ipc/json.h: a header that is read is written the same; JSON survives a
// round

#include "base/assert.h"
#include "ipc/frame.h"
#include "ipc/json.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto octets = text.substr(0, md::ipc::kHeaderSize);
    const auto header = md::ipc::decode(octets, md::ipc::kMaxPayload);
    if (header) MD_ASSERT(md::ipc::encode(*header) == octets);
    const auto json = md::ipc::Json::parse(text);
    if (json) MD_ASSERT(md::ipc::Json::parse(json->dump())->dump() == json->dump());
    return 0;
}
