// tests/fuzz/mailbox_journal.cc - store/mailbox_state.h: any records make a state whose snapshot is the same state

#include <algorithm>

#include "base/assert.h"
#include "store/mailbox_state.h"
#include "store/undelete.h"

using namespace md::store;

namespace {

void read(MailboxState& state, std::string_view frames) {
    while (!frames.empty()) {
        const auto step = next_frame(frames);
        if (step.state != FrameStep::State::whole) return;
        state.apply(step.payload);
        frames.remove_prefix(step.size);
    }
}

void check(const MailboxState& state) {
    std::uint32_t unseen = 0;
    std::uint64_t bytes = 0;
    std::uint32_t recent = 0;
    Uid first_unseen = 0;
    for (const auto& known : state.entries()) {
        MD_ASSERT(known.uid < state.uid_next());
        MD_ASSERT(known.modseq <= state.highest_modseq());
        MD_ASSERT(state.find_key(key_of(known.name))->uid == known.uid);
        MD_ASSERT(state.uids().position(known.uid).has_value());
        if ((known.flags & flag::seen) == 0) {
            ++unseen;
            if (first_unseen == 0) first_unseen = known.uid;
        }
        recent += known.uid >= state.first_recent() ? 1 : 0;
        bytes += known.size_lf;
    }
    MD_ASSERT(state.uids().size() == state.entries().size());
    MD_ASSERT(first_unseen == state.entries().first_unseen());
    MD_ASSERT(recent == state.recent());
    MD_ASSERT(unseen == state.unseen());
    MD_ASSERT(bytes == state.bytes());
    for (const auto& grave : state.expunged()) MD_ASSERT(state.find_expunged(grave.uid) != nullptr);
    MailboxState again;
    read(again, state.snapshot(INT64_MIN));
    MD_ASSERT(again.entries().size() == state.entries().size());
    MD_ASSERT(again.uid_next() == state.uid_next());
    MD_ASSERT(again.highest_modseq() == state.highest_modseq());
    MD_ASSERT(again.unseen() == state.unseen() && again.bytes() == state.bytes());
    MD_ASSERT(again.first_recent() == state.first_recent() && again.floor() == state.floor());
    MD_ASSERT(again.keywords().size() == state.keywords().size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view octets(reinterpret_cast<const char*>(data), size);
    MailboxState as_payload;  // what a right checksum may hide
    as_payload.apply(octets);
    check(as_payload);
    MailboxState as_file;
    read(as_file, octets.substr(std::min(size, kMailboxMagic.size())));
    check(as_file);
    (void)find_frame(octets, 0);
    (void)parse_buried(std::string(kUndeleteMagic).append(octets));
    for (const auto& buried : parse_buried(octets)) MD_ASSERT(buried.entry.message.uid != 0);
    return 0;
}
