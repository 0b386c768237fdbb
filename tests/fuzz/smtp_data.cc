// tests/fuzz/smtp_data.cc - any octets after DATA, in pieces of any size
//
// The first octet chooses the size of the pieces. Pieces and whole must agree; what comes out holds no CR; the end is
// where CRLF.CRLF is.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/assert.h"
#include "proto/smtp/data_decoder.h"

namespace {

using md::smtp::BareLineEnds;
using md::smtp::DataDecoder;

struct Outcome {
    std::string text;
    std::size_t consumed = 0;
    bool finished = false;
    bool refused = false;
    std::uint64_t size = 0;
};

Outcome decode(std::string_view octets, std::size_t step, BareLineEnds policy) {
    DataDecoder decoder(policy, 4096);
    Outcome outcome;
    while (outcome.consumed < octets.size() && !outcome.finished) {
        const auto progress = decoder.feed(octets.substr(outcome.consumed, step), outcome.text);
        outcome.consumed += progress.consumed;
        outcome.finished = progress.finished;
    }
    outcome.refused = decoder.refused();
    outcome.size = decoder.size();
    return outcome;
}

/// Behind the first CRLF.CRLF, the CRLF of the DATA command counted; npos if there is none.
std::size_t true_end(std::string_view octets) {
    const auto all = std::string("\r\n").append(octets);
    const auto at = all.find("\r\n.\r\n");
    return at == std::string::npos ? at : at + 3;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::size_t step = data[0] % 17 + 1;
    const std::string_view octets(reinterpret_cast<const char*>(data + 1), size - 1);
    for (const auto policy : {BareLineEnds::refuse, BareLineEnds::normalise}) {
        const auto whole = decode(octets, octets.size() + 1, policy);
        const auto pieces = decode(octets, step, policy);
        MD_ASSERT(whole.finished == pieces.finished && whole.consumed == pieces.consumed);
        MD_ASSERT(whole.refused == pieces.refused && whole.size == pieces.size);
        MD_ASSERT(whole.refused || (whole.text == pieces.text && whole.text.size() == whole.size));
        MD_ASSERT(whole.text.find('\r') == std::string::npos);
        MD_ASSERT(whole.finished == (true_end(octets) != std::string::npos));
        MD_ASSERT(!whole.finished || whole.consumed == true_end(octets));
    }
    return 0;
}
