// tests/fuzz/mailbox_cache.cc - store/summary_cache.h: any octets as mdmail.cache, read, appended to, read again
//
// What is found has sound parts; what is appended is found; records that decode encode to what decodes alike.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/assert.h"
#include "store/record.h"
#include "store/summary_cache.h"
#include "support/lossy_files.h"

using namespace md::store;

namespace {

const SummaryCache::Owner kOwner{"fixture", 1'790'000'000};
const std::vector<Uid> kUids{1, 2, 3, 1000};

void check(const MessageSummary& summary) {
    if (summary.header) {
        const auto frame = encode_frame(1, *summary.header);
        MD_ASSERT(decode_header(std::string_view(frame).substr(kFrameHeader)) == summary.header);
    }
    if (!summary.body) return;
    const auto frame = encode_frame(1, *summary.body);
    MD_ASSERT(decode_body(std::string_view(frame).substr(kFrameHeader)) == summary.body);
    for (std::uint32_t n = 0; n < 4; ++n) {
        const std::vector<std::uint32_t> section{n, 1, n};
        for (std::size_t depth = 0; depth <= section.size(); ++depth) {
            const auto* part = summary.body->find(std::span(section).first(depth));
            MD_ASSERT(part == nullptr ||
                      part - summary.body->parts.data() < static_cast<std::ptrdiff_t>(summary.body->parts.size()));
        }
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view octets(reinterpret_cast<const char*>(data), size);
    // As a record by itself, for no mutation has a good sum.
    MessageSummary summary;
    summary.header = decode_header(octets);
    summary.body = decode_body(octets);
    (void)decode_key(octets);
    check(summary);

    md::test::LossyFiles files;
    files.put("/box/mdmail.cache", octets);
    SummaryCache cache(files, "/box/mdmail.cache");
    for (const auto& found : cache.read(kOwner, kUids, {true, true}, 1U << 20)) check(found);
    HeaderSummary header;
    header.envelope = "(appended)";
    SummaryCache::Living living;
    living.messages = 1000;
    cache.append(kOwner, {{{CacheRecord::header, 1000}, encode_frame(1000, header)}}, living);
    const auto found = cache.read(kOwner, kUids, {true, true}, 1U << 20);
    MD_ASSERT(found.size() == kUids.size() && found.back().header);
    for (const auto& each : found) check(each);
    return 0;
}
