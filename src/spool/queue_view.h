// spool/queue_view.h - a waiting message as people see it: what mdqueue tells and what mdctl reads while it is down
//
// CONTRACT
//   Pure.
// FORMAT
//   doc/formats/queue.md
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "ipc/json.h"
#include "spool/envelope.h"
#include "spool/freezes.h"
#include "spool/queue_act.h"

namespace md::spool {

/// More recipients, and more of what happened first, are counted and left out: an answer has a bound.
inline constexpr std::size_t kMostShown = 1000;

/// What a message alone does not say.
struct ViewFacts {
    std::chrono::microseconds expire{0};  ///< queue.expire; 0: not known
    /// How mail for that address leaves by that route of an administrator's (DestinationNames); empty: not known.
    std::function<std::string(std::string_view address, std::string_view route)> destination_of = nullptr;
    struct Rest {
        WallTime until;
        std::string reason;
    };
    std::map<std::string, Rest, std::less<>> rests = {};  ///< destinations that are left alone for now
};

/// As `queue list --json` has it.
[[nodiscard]] ipc::Json describe(const StoredEnvelope& stored, std::string_view queue, const ViewFacts& facts = {});
/// The same with what has happened, as `queue show --json` has it.
[[nodiscard]] ipc::Json describe_whole(const StoredEnvelope& stored, std::string_view queue,
                                       const ViewFacts& facts = {});

/// What queue_request::kAct asks for, without the ids.
[[nodiscard]] ipc::Json describe(const Order& order);
/// The other way round; none: it is no order.
[[nodiscard]] std::optional<Order> parse_order(const ipc::Json& question);
/// A row of the results of queue_request::kAct.
[[nodiscard]] ipc::Json describe(QueueId id, const ActOutcome& outcome);
/// The array that queue_request::kFrozen gives.
[[nodiscard]] ipc::Json describe(const Freezes& freezes);

}  // namespace md::spool
