// tests/fuzz/mail_structure.cc - any octets as a message file: whole and in pieces, its MIME structure is the same tree
//
// Parts lie in one another or behind one another, and every section number that there is leads to a part.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/assert.h"
#include "mail/structure.h"

namespace {

void check(const md::mail::Structure& structure, std::size_t size) {
    const auto& parts = structure.parts;
    MD_ASSERT(!parts.empty() && parts[0].next == parts.size() && parts[0].end <= size);
    for (std::uint32_t i = 0; i < parts.size(); ++i) {
        const auto& part = parts[i];
        MD_ASSERT(part.header <= part.body && part.body <= part.end && part.next > i);
        MD_ASSERT(part.header_size >= part.body - part.header && part.body_size >= part.end - part.body);
        if (i == 0) continue;
        const auto& parent = parts[part.parent];
        MD_ASSERT(part.parent < i && part.next <= parent.next && parent.kind != md::mail::Part::Kind::leaf);
        MD_ASSERT(part.header >= parent.body && part.end <= parent.end);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace md::mail;
    const std::string_view message(reinterpret_cast<const char*>(data), size);
    StructureLimits limits;
    limits.parts = 50;
    limits.depth = 10;
    limits.field_octets = 200;
    StructureParser whole(limits);
    whole.feed(message);
    const auto structure = whole.finish();
    check(structure, size);
    StructureParser pieces(limits);
    for (std::size_t at = 0, step = 1; at < size; at += step, step = step % 7 + 1)
        pieces.feed(message.substr(at, step));
    const auto again = pieces.finish();
    MD_ASSERT(again.parts.size() == structure.parts.size());
    for (std::size_t i = 0; i < again.parts.size(); ++i) {
        MD_ASSERT(again.parts[i].end == structure.parts[i].end && again.parts[i].body == structure.parts[i].body);
        MD_ASSERT(again.parts[i].body_size == structure.parts[i].body_size);
        MD_ASSERT(again.parts[i].type == structure.parts[i].type);
    }
    for (std::uint32_t n = 0; n < 4; ++n) {
        const std::vector<std::uint32_t> section{n, 1, n};
        for (std::size_t depth = 0; depth <= section.size(); ++depth) {
            const auto found = structure.find(std::span(section).first(depth));
            MD_ASSERT(!found || *found < structure.parts.size());
        }
    }
    return 0;
}
