// mdqueue/spool_runner.h - messages that wait, and what is tried with them when
//
// PURPOSE
//   Knows every message of the spool by id, queue and due time; tries each when it is due, in its turn, reports
//   failures, gives up when the message is too old.
// CONTRACT
//   On the manager's loop; file work on the pool, one call of Spool at a time. The truth is on disk: what is in memory
//   is found again by load(). Progress is on disk before anything is forgotten; a mailbox before the progress that
//   names it. Mail for other sites waits in `remote`; `holding`, `quarantine` and `bad` are left to the administrator.
// RFC
//   5321 §4.5.4 (retries), §4.5.5 (null reverse-path), §6.1; 3464 (reports)
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "async/scope.h"
#include "async/sync.h"
#include "ipc/json.h"
#include "mdqueue/dispatcher.h"
#include "mdqueue/settlement.h"
#include "spool/spool.h"

namespace md::mdqueue {

class SpoolRunner {
  public:
    SpoolRunner(daemon::Child& child, spool::Spool& spool, Dispatcher& dispatcher, Settlement& settlement);

    /// Looks at the whole spool, folder by folder. Messages found are tried when they are due.
    async::Task<void> load();
    /// The manager's coroutine; ends when it is cancelled.
    async::Task<void> run(async::Scope& scope);

    /// A message comes into the spool, durable when this ends. `progress`: what became of it so far.
    async::Task<void> add(spool::Envelope envelope, std::vector<spool::MessagePiece> message,
                          std::vector<spool::Progress> progress, std::string state);
    async::Task<void> add_raw(QueueId id, std::vector<spool::MessagePiece> octets, std::string why);

    /// Tries now what waits: all, or one. Returns how many.
    std::size_t try_now(std::optional<QueueId> only);
    /// One page of the queue for people, from `cursor` (0 first) on: {"messages": [...], "next": cursor or null}.
    async::Task<ipc::Json> list(std::uint64_t cursor);
    async::Task<std::optional<ipc::Json>> show(QueueId id);

  private:
    struct Item {
        std::string state;
        WallTime due;
        bool running = false;
    };
    struct Turn {
        spool::StoredEnvelope stored;
        std::shared_ptr<const File> message;
        std::vector<spool::Progress> progress;
    };

    async::Task<void> try_guarded(QueueId id);
    async::Task<void> try_message(QueueId id);
    async::Task<void> try_recipients(Turn& turn, std::vector<std::string>& delivered);
    void note_attempt(Turn& turn, std::uint32_t recipient, const Attempt& attempt);
    async::Task<void> report_failures(const std::string& state, Turn& turn);
    async::Task<void> conclude(QueueId id, const std::string& state);
    [[nodiscard]] std::string state_for(const spool::StoredEnvelope& stored) const;
    [[nodiscard]] WallTime next_due(const spool::StoredEnvelope& stored) const;
    [[nodiscard]] WallTime next_try(std::uint32_t attempts) const;
    [[nodiscard]] bool expired(const spool::Envelope& envelope) const;
    void schedule(QueueId id, std::string state, WallTime due);
    void forget(QueueId id);
    [[nodiscard]] bool is_tried(std::string_view state) const noexcept;
    [[nodiscard]] WallTime now() const noexcept { return real_clock().now(); }

    /// One call of Spool, on the pool, when no other is under way.
    template <class F>
    async::Task<std::invoke_result_t<F&>> with_spool(F& work) {
        const auto guard = co_await spool_mutex_.lock();
        if constexpr (std::is_void_v<std::invoke_result_t<F&>>) {
            co_await async::offload(child_.pool(), work);
        } else {
            auto value = co_await async::offload(child_.pool(), work);
            co_return std::move(value);
        }
    }

    daemon::Child& child_;
    spool::Spool& spool_;
    Dispatcher& dispatcher_;
    Settlement& settlement_;
    log::Logger log_;
    async::Mutex spool_mutex_;
    std::map<QueueId, Item> items_;
    std::set<std::pair<WallTime, QueueId>> due_;
    async::Signal changed_;
    std::size_t running_ = 0;
};

[[nodiscard]] ipc::Json describe(const spool::StoredEnvelope& stored, std::string_view state);

}  // namespace md::mdqueue
