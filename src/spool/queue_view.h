// spool/queue_view.h - a waiting message as people see it: what mdqueue tells and what mdctl reads while it is down
//
// CONTRACT
//   Pure.
// FORMAT
//   doc/formats/queue.md
#pragma once

#include <string_view>

#include "ipc/json.h"
#include "spool/envelope.h"
#include "spool/freezes.h"
#include "spool/queue_act.h"

namespace md::spool {

/// More recipients, and more of what happened first, are counted and left out: an answer has a bound.
inline constexpr std::size_t kMostShown = 1000;

/// As `queue list --json` has it.
[[nodiscard]] ipc::Json describe(const StoredEnvelope& stored, std::string_view queue);
/// The same with what has happened, as `queue show --json` has it.
[[nodiscard]] ipc::Json describe_whole(const StoredEnvelope& stored, std::string_view queue);

/// A row of the results of queue_request::kAct.
[[nodiscard]] ipc::Json describe(QueueId id, const ActOutcome& outcome);
/// The array that queue_request::kFrozen gives.
[[nodiscard]] ipc::Json describe(const Freezes& freezes);

}  // namespace md::spool
