// daemon/user_names.h - the names of local users, kept
//
// PURPOSE
//   The user database may be slow, or another machine's that is away: each name is asked for once, and one at a time,
//   so that the pool is left to others.
// CONTRACT
//   Of one worker, for its life. A name that was not found is not kept.
#pragma once

#include <sys/types.h>

#include <map>
#include <optional>
#include <string>

#include "async/sync.h"
#include "async/task.h"
#include "async/worker_pool.h"
#include "daemon/users.h"

namespace md::daemon {

class UserNames {
  public:
    using LookUp = std::optional<std::string> (*)(uid_t uid);
    static constexpr std::size_t kMostKept = 10000;

    explicit UserNames(async::WorkerPool& pool, LookUp look_up = user_name) : pool_(pool), look_up_(look_up) {}

    async::Task<std::optional<std::string>> of(uid_t uid);

  private:
    async::WorkerPool& pool_;
    LookUp look_up_;
    async::Mutex asking_;
    std::map<uid_t, std::string> names_;
};

}  // namespace md::daemon
