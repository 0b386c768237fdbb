// tests/fuzz/smtp_reply.cc - any octets as the replies of a server, in pieces of any size
//
// The first octet chooses the size of the pieces. Pieces and whole must agree, nothing is kept beyond the limits, and
// what is told to people is one harmless line.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/assert.h"
#include "base/strings.h"
#include "base/utf8.h"
#include "proto/smtp/reply_reader.h"

namespace {

using md::smtp::ReplyReader;
using md::smtp::ServerReply;

struct Outcome {
    std::vector<ServerReply> replies;
    std::string fault;
};

Outcome read(std::string_view octets, std::size_t step) {
    ReplyReader reader;
    Outcome outcome;
    while (!octets.empty()) {
        const auto one = reader.feed(octets.substr(0, step));
        MD_ASSERT(one.consumed <= octets.size());
        octets.remove_prefix(one.consumed);
        if (one.progress == ReplyReader::Progress::complete) outcome.replies.push_back(reader.take());
        if (one.progress == ReplyReader::Progress::malformed) break;
    }
    outcome.fault = reader.fault();
    return outcome;
}

void check(const ServerReply& reply) {
    MD_ASSERT(reply.code >= 200 && reply.code < 600 && !(reply.lines.empty() && reply.dropped_lines == 0));
    MD_ASSERT(!reply.status || reply.status->success_class == reply.code / 100);
    std::size_t kept = 0;
    for (const auto& line : reply.lines) kept += line.size();
    MD_ASSERT(kept <= md::smtp::kReplyTextLimit);
    const auto text = md::smtp::one_line(reply);
    MD_ASSERT(text.size() <= md::smtp::kReplyOneLineLimit && md::is_utf8(text));
    for (const char c : text) MD_ASSERT(!md::is_control(c));
    const auto offer = md::smtp::read_offer(reply);
    for (const auto* name : {"RCPTMAX", "MAILMAX"}) MD_ASSERT(md::smtp::told_limit(offer, name).value_or(1) > 0);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::size_t step = data[0] % 17 + 1;
    const std::string_view octets(reinterpret_cast<const char*>(data + 1), size - 1);
    const auto whole = read(octets, octets.size());
    const auto pieces = read(octets, step);
    MD_ASSERT(whole.fault == pieces.fault && whole.replies.size() == pieces.replies.size());
    for (std::size_t i = 0; i < whole.replies.size(); ++i) {
        check(whole.replies[i]);
        MD_ASSERT(whole.replies[i].lines == pieces.replies[i].lines && whole.replies[i].code == pieces.replies[i].code);
    }
    return 0;
}
