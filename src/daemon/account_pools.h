// daemon/account_pools.h - what of a worker's pool the sessions of one account may have
//
// PURPOSE
//   A job of a session may wait for long: for a mailbox that another program holds locked, for a slow disk. However
//   many sessions an account has, it holds up its own: of its jobs kEach are on the pool at once. Searching, which is
//   work for seconds in small slices, has half of the pool for all accounts together, and of that an account has kEach.
// CONTRACT
//   On the loop's thread only. An AccountPool lives while somebody holds it, and ends before the AccountPools.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "async/pool_share.h"

namespace md::daemon {

/// The threads of a worker.
constexpr unsigned kPoolThreads = 8;

struct AccountPool {
    static constexpr unsigned kEach = 2;

    AccountPool(async::WorkerPool& pool, async::PoolShare& all_searching) noexcept
        : jobs(pool, kEach), searching(all_searching, kEach) {}

    async::PoolShare jobs;
    async::PoolShare searching;
};

class AccountPools {
  public:
    explicit AccountPools(async::WorkerPool& pool) noexcept : pool_(pool), searching_(pool, kPoolThreads / 2) {}
    AccountPools(const AccountPools&) = delete;
    AccountPools& operator=(const AccountPools&) = delete;

    [[nodiscard]] std::shared_ptr<AccountPool> of(const std::string& account);

  private:
    async::WorkerPool& pool_;
    async::PoolShare searching_;
    std::map<std::string, std::weak_ptr<AccountPool>> known_;
};

}  // namespace md::daemon
