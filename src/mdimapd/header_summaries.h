// mdimapd/header_summaries.h - the summaries of many headers, one after the other
//
// CONTRACT
//   Blocks: a job on the pool. Memory: one portion of Mailbox::summaries().
#pragma once

#include <cstddef>
#include <functional>
#include <span>

#include "store/mailbox.h"

namespace md::mdimapd {

/// `at` in the list; none: that message is gone.
using SummaryUse = std::function<void(std::size_t at, const store::HeaderSummary* summary)>;

/// Calls `use` for the first of `uids`, in their order, as many as one portion has; how many.
std::size_t for_some_headers(store::Mailbox& mailbox, std::span<const store::Uid> uids, const SummaryUse& use);

}  // namespace md::mdimapd
