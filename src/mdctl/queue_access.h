// mdctl/queue_access.h - the waiting messages: by the manager of mdqueue, or by ourselves while it does not run
//
// PURPOSE
//   What a verb does is the same either way (spool/queue_act.h).
// CONTRACT
//   While mdqueue is down its spool is ours for the life of this object, by the spool's lock: 75 where another process
//   has it. Answers are those of doc/formats/queue.md.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "mdctl/ask.h"
#include "spool/freezes.h"
#include "spool/queue_act.h"

namespace md::mdctl {

class QueueAccess {
  public:
    [[nodiscard]] static Result<std::unique_ptr<QueueAccess>, Complaint> open(Context& context);
    virtual ~QueueAccess() = default;

    /// Each message, page by page.
    virtual Outcome each(const std::function<void(const ipc::Json&)>& look) = 0;
    /// With its history; null: there is none.
    [[nodiscard]] virtual Result<ipc::Json, Complaint> show(QueueId id) = 0;
    /// Rows of results, in the order of the ids.
    [[nodiscard]] virtual Result<std::vector<ipc::Json>, Complaint> act(const std::vector<QueueId>& ids,
                                                                        const spool::Order& order) = 0;
    /// How many are tried now: those, or all that wait.
    [[nodiscard]] virtual Result<std::int64_t, Complaint> run(const std::vector<QueueId>& ids, bool all) = 0;
    /// false: it was so already.
    [[nodiscard]] virtual Result<bool, Complaint> freeze(const spool::Freezes::Rule& rule, bool frozen) = 0;
    [[nodiscard]] virtual Result<ipc::Json, Complaint> frozen() = 0;
    /// Rows of queue_request::kDestinations.
    [[nodiscard]] virtual Result<ipc::Json, Complaint> destinations() = 0;
};

}  // namespace md::mdctl
