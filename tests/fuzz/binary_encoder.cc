// tests/fuzz/binary_encoder.cc - any octets as a message with BODY=BINARYMIME, in pieces of any size
//
// The first octet chooses the size of the pieces. Pieces and whole must agree; what comes out consists of lines; no
// part of it is binary any more.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/assert.h"
#include "base/strings.h"
#include "mail/binary_encoder.h"
#include "mail/structure.h"

namespace {

using md::mail::BinaryEncoder;

std::string encoded(std::string_view octets, std::size_t step, bool normalise, BinaryEncoder::Fault& fault) {
    BinaryEncoder::Rules rules;
    rules.normalise = normalise;
    rules.line_limit = 2000;
    rules.header_limit = 4000;
    BinaryEncoder encoder(rules);
    std::string out;
    for (std::size_t at = 0; at < octets.size(); at += step) encoder.feed(octets.substr(at, step), out);
    encoder.finish(out);
    fault = encoder.fault();
    return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::size_t step = data[0] % 17 + 1;
    const std::string_view octets(reinterpret_cast<const char*>(data + 1), size - 1);
    for (const bool normalise : {false, true}) {
        auto fault = BinaryEncoder::Fault::none;
        auto fault_in_pieces = BinaryEncoder::Fault::none;
        const auto whole = encoded(octets, octets.size() + 1, normalise, fault);
        const auto pieces = encoded(octets, step, normalise, fault_in_pieces);
        MD_ASSERT(fault == fault_in_pieces);
        if (fault != BinaryEncoder::Fault::none) continue;
        MD_ASSERT(whole == pieces);
        MD_ASSERT(whole.find('\r') == std::string::npos && (whole.empty() || whole.back() == '\n'));
        md::mail::StructureParser parser;
        parser.feed(whole);
        for (const auto& part : parser.finish().parts) MD_ASSERT(!md::equal_nocase(part.encoding, "binary"));
    }
    return 0;
}
