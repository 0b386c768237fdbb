// mdimapd/slices.h - long work on the pool, in slices
//
// PURPOSE
//   SEARCH, SORT and THREAD look at many messages. in_slices() cuts that into jobs of some messages each and keeps
//   kAtOnce of them on the pool: other sessions' jobs, which wait in the same line, get their turn between two.
// CONTRACT
//   The work must stand being done for several slices at once, on several threads; it lives until the await ends. Its
//   exception ends the whole, after the slices that have begun.
#pragma once

#include <cstddef>
#include <functional>

#include "async/task.h"
#include "async/worker_pool.h"

namespace md::mdimapd {

/// What is done with those from `first` up to, and without, `last`.
using SliceWork = std::function<void(std::size_t first, std::size_t last)>;

async::Task<void> in_slices(async::WorkerPool& pool, std::size_t count, std::size_t slice, const SliceWork& work);

}  // namespace md::mdimapd
