// tests/fuzz/milter_packet.cc - any octets as the milter protocol's packets and their data

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/assert.h"
#include "milter/change.h"
#include "milter/reply_text.h"
#include "proto/milter/packet.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace md::milter;
    std::string_view input(reinterpret_cast<const char*>(data), size);
    Outcome outcome;
    while (const auto packet = take_packet(input).packet) {
        const auto whole = packet->data.size() + 5;
        MD_ASSERT(whole <= input.size());
        input.remove_prefix(whole);
        (void)read_negotiation(packet->data);
        (void)read_connect(packet->data);
        (void)read_macros(packet->data);
        (void)read_numbered(packet->data);
        const bool changed = read_change(*packet, ~0U, 3, outcome);
        const auto answer = read_answer(*packet);
        MD_ASSERT(!changed || !answer);
        if (!answer) continue;
        MD_ASSERT(answer->reply.find_first_of("\r\n") == std::string::npos);
        std::string again;
        put_answer(again, *answer);
        const auto taken = take_packet(again);
        MD_ASSERT(taken.packet && read_answer(*taken.packet));
    }
    std::string changes;
    put_changes(changes, outcome, ~0U);
    Outcome same;
    for (std::string_view rest = changes; !rest.empty();) {
        const auto taken = take_packet(rest);
        MD_ASSERT(taken.packet && read_change(*taken.packet, ~0U, 3, same));
        rest.remove_prefix(taken.size);
    }
    MD_ASSERT(same.headers.size() == outcome.headers.size() && same.body == outcome.body);
    MD_ASSERT(same.added_recipients == outcome.added_recipients && same.reverse_path == outcome.reverse_path);
    return 0;
}
