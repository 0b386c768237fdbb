// mdimapd/slices.h - long work on the pool, in slices of time
//
// PURPOSE
//   SEARCH, SORT and THREAD look at many messages, and into large ones. in_slices() has that done in jobs of kSlice,
//   one after the other, in the part of the pool that is for searching: others get their turn between two, and the
//   session looks whether it is still wanted (Session::stay).
// CONTRACT
//   The work is done on one thread at a time and lives until the await ends; its exception ends the whole.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>

#include "async/wait.h"
#include "mdimapd/session.h"

namespace md::mdimapd {

constexpr async::Duration kSlice = std::chrono::milliseconds(20);

/// Some of the work, about until then; what it cannot leave in the middle takes some milliseconds. False: all is done.
using SliceOfTime = std::function<bool(async::Deadline until)>;

async::Task<void> in_slices(Session& session, const SliceOfTime& work);

/// What is done with those from `first` up to, and without, `last`; how many it did, at least one.
using SliceWork = std::function<std::size_t(std::size_t first, std::size_t last)>;

/// At most `portion` of them at a time, and as many portions as time allows.
async::Task<void> in_slices(Session& session, std::size_t count, std::size_t portion, const SliceWork& work);

}  // namespace md::mdimapd
