// tests/fuzz/seven_bit.cc - any octets as a message for a server without 8BITMIME, in pieces of any size
//
// The first octet chooses the size of the pieces. Pieces and whole must agree; what comes out is 7bit but for headers
// that were not, has the same parts, and each says what it said before.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/assert.h"
#include "base/strings.h"
#include "mail/seven_bit.h"

namespace {

using md::mail::Part;
using md::mail::SevenBitPlan;
using md::mail::SevenBitPlanner;
using md::mail::SevenBitWriter;

SevenBitPlan planned(std::string_view message, std::size_t step) {
    SevenBitPlanner planner;
    for (std::size_t at = 0; at < message.size(); at += step) planner.feed(message.substr(at, step));
    return planner.finish();
}

std::string written(const SevenBitPlan& plan, std::string_view message, std::size_t step) {
    SevenBitWriter writer(plan);
    std::string out;
    for (std::size_t at = 0; at < message.size(); at += step) {
        std::string piece;
        writer.feed(message.substr(at, step), piece);
        out += piece;
    }
    writer.finish(out);
    return out;
}

std::vector<Part> parts_of(std::string_view message) {
    md::mail::StructureParser parser;
    parser.feed(message);
    return parser.finish().parts;
}

/// Without the octets that may stand for a line end in one and be one in the other.
std::string meaning(std::string_view message, const Part& part) {
    auto out = md::mail::transfer_decode(message.substr(part.body, part.end - part.body),
                                         md::mail::encoding_of(part.encoding));
    std::string kept;
    for (const char c : out) {
        if (c == '\n')
            while (kept.ends_with('\r')) kept.pop_back();
        kept.push_back(c);
    }
    // The last line of the message has an end afterwards.
    if (part.end == message.size())
        while (kept.ends_with('\n') || kept.ends_with('\r')) kept.pop_back();
    return kept;
}

void expect_same(std::string_view message, std::string_view out) {
    const auto was = parts_of(message);
    const auto is = parts_of(out);
    MD_ASSERT(was.size() == is.size());
    for (std::size_t i = 0; i < was.size(); ++i) {
        MD_ASSERT(was[i].kind == is[i].kind && was[i].next == is[i].next);
        MD_ASSERT(was[i].kind != Part::Kind::leaf || meaning(message, was[i]) == meaning(out, is[i]));
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::size_t step = data[0] % 17 + 1;
    const std::string_view message(reinterpret_cast<const char*>(data + 1), size - 1);
    const auto plan = planned(message, message.size() + 1);
    const auto plan_of_pieces = planned(message, step);
    MD_ASSERT(plan.fault == plan_of_pieces.fault && plan.pieces == plan_of_pieces.pieces);
    MD_ASSERT(plan.header_is_eight_bit == plan_of_pieces.header_is_eight_bit);
    if (plan.fault != SevenBitPlan::Fault::none) return 0;
    const auto out = written(plan, message, message.size() + 1);
    MD_ASSERT(out == written(plan, message, step));
    const auto again = planned(out, step);
    // A field that was replaced may have been the only one that was not.
    MD_ASSERT(!again.needed && (plan.header_is_eight_bit || !again.header_is_eight_bit));
    // Blanks without end are text, or not, as they are cut (transfer_decoder.h).
    if (message.find(std::string(md::mail::TransferDecoder::kHeldLimit, ' ')) == std::string_view::npos)
        expect_same(message, out);
    return 0;
}
