// mdimapd/header_summaries.cc - see header_summaries.h

#include "mdimapd/header_summaries.h"

namespace md::mdimapd {

void for_each_header(store::Mailbox& mailbox, std::span<const store::Uid> uids, const SummaryUse& use) {
    store::SummaryKinds kinds;
    kinds.header = true;
    for (std::size_t done = 0; done < uids.size();) {
        const auto portion = mailbox.summaries(uids.subspan(done), kinds);
        for (const auto& summary : portion) use(done++, summary.header ? &*summary.header : nullptr);
    }
}

}  // namespace md::mdimapd
