// mdimapd/header_summaries.cc - see header_summaries.h

#include "mdimapd/header_summaries.h"

namespace md::mdimapd {

std::size_t for_some_headers(store::Mailbox& mailbox, std::span<const store::Uid> uids, const SummaryUse& use) {
    store::SummaryKinds kinds;
    kinds.header = true;
    std::size_t done = 0;
    for (const auto& summary : mailbox.summaries(uids, kinds)) use(done++, summary.header ? &*summary.header : nullptr);
    return done;
}

}  // namespace md::mdimapd
