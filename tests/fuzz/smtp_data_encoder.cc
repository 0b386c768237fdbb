// tests/fuzz/smtp_data_encoder.cc - any octets as a stored message that is sent, in pieces of any size
//
// The first octet chooses the size of the pieces. Pieces and whole must agree; our own decoder, at its strictest, must
// find the end at the end, and in front of it the message with each of CRLF, CR and LF as LF.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/assert.h"
#include "proto/smtp/data_encoder.h"

namespace {

using md::smtp::BareLineEnds;
using md::smtp::DataDecoder;
using md::smtp::DataEncoder;
using md::smtp::Framing;

std::string encode(std::string_view message, std::size_t step, Framing framing) {
    DataEncoder encoder(framing);
    std::string out;
    for (std::size_t at = 0; at < message.size(); at += step) {
        const auto piece = message.substr(at, step);
        const auto before = out.size();
        encoder.feed(piece, out);
        MD_ASSERT(out.size() - before <= 2 * piece.size() + 4);
    }
    encoder.finish(out);
    return out;
}

std::string with_lf(std::string_view message) {
    std::string out;
    for (std::size_t i = 0; i < message.size(); ++i) {
        if (message[i] == '\n' && i > 0 && message[i - 1] == '\r') continue;
        out.push_back(message[i] == '\r' ? '\n' : message[i]);
    }
    if (!out.empty() && out.back() != '\n') out.push_back('\n');
    return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::size_t step = data[0] % 17 + 1;
    const std::string_view message(reinterpret_cast<const char*>(data + 1), size - 1);
    for (const auto framing : {Framing::dots, Framing::chunks}) {
        const auto wire = encode(message, message.size() + 1, framing);
        MD_ASSERT(wire == encode(message, step, framing));
        DataDecoder decoder(BareLineEnds::refuse, UINT64_MAX, UINT64_MAX, framing);
        std::string read;
        const auto progress = decoder.feed(wire, read);
        if (framing == Framing::chunks) decoder.finish(read);
        MD_ASSERT(progress.finished == (framing == Framing::dots) && progress.consumed == wire.size());
        MD_ASSERT(!decoder.refused() && read == with_lf(message));
    }
    return 0;
}
