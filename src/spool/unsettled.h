// spool/unsettled.h - messages whose record in the intake may be worked on again
//
// PURPOSE
//   While mdqueue is down, an administrator's act on a message that it had not settled would be undone: the next one
//   makes anew whatever of the record is in the spool.
// CONTRACT
//   Blocks, and reads every envelope in the intake: for the owner of the spool's lock.
// ERRORS
//   SystemError: the intake cannot be read.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_set>

#include "base/files.h"
#include "spool/spool.h"

namespace md::spool {

/// Ids of acknowledged records that `taken` does not name, and of the copies that may have been set apart from them.
[[nodiscard]] std::unordered_set<std::uint64_t> unsettled(Files& files, const std::string& intake_directory,
                                                          const Spool& spool);

}  // namespace md::spool
