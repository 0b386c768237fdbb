// mdimapd/sort_keys.h - the sort table of the selected mailbox, with what a command needs in it
//
// CONTRACT
//   Headers are read in slices on the pool (slices.h), those alone that no session of this worker has had in the table.
#pragma once

#include <memory>
#include <vector>

#include "mdimapd/session.h"
#include "store/sort_table.h"

namespace md::mdimapd {

/// With all of `uids` that are there still; they are in ascending order.
async::Task<std::shared_ptr<store::SortTable>> sort_table_of(Session& session, const std::vector<store::Uid>& uids);

}  // namespace md::mdimapd
