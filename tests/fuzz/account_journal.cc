// tests/fuzz/account_journal.cc - store/account_state.h: any records make a state whose snapshot is the same state

#include <algorithm>

#include "base/assert.h"
#include "store/account_state.h"

using namespace md::store;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view octets(reinterpret_cast<const char*>(data), size);
    AccountState state;
    state.apply(octets);
    for (auto rest = octets.substr(std::min(size, kAccountMagic.size())); !rest.empty();) {
        const auto step = next_frame(rest);
        if (step.state != FrameStep::State::whole) break;
        state.apply(step.payload);
        rest.remove_prefix(step.size);
    }
    for (const auto& [id, folder] : state.folders()) {
        MD_ASSERT(folder.directory.find('/') == std::string::npos && folder.directory != "..");
        MD_ASSERT(folder.uid_validity <= state.last_uid_validity());
    }
    AccountState again;
    const auto frames = state.snapshot(0);
    again.apply(next_frame(frames).payload);
    MD_ASSERT(again.folders() == state.folders());
    MD_ASSERT(again.last_uid_validity() == state.last_uid_validity());
    MD_ASSERT(again.used(0) == state.used(0));
    MD_ASSERT(again.closed() == state.closed() && again.counted_in() == state.counted_in());
    return 0;
}
