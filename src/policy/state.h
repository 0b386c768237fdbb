// policy/state.h - the one owner of the lists: keeps them on disk and publishes them to all who hold a copy
//
// PURPOSE
//   The state child's work. A change is first durable, then in memory, then told to every subscriber; who asked for it
//   has its answer when each of them acts on it.
// CONTRACT
//   load() before all else. Changes are one after the other. A subscriber is known for as long as its connection lives,
//   so one that dies holds nobody up; one that is slow holds a change up for kHearing, then who asked is told so.
//   Entries whose time is over count for nobody from that moment, and are removed by purge(). What clients do is
//   counted in memory alone (policy/counters.h): a start begins anew.
// DIAGNOSTICS
//   FilterRecordUnreadable
// FORMAT
//   doc/formats/policy-state.md
#pragma once

#include <chrono>
#include <deque>
#include <unordered_map>

#include "async/sync.h"
#include "async/task.h"
#include "async/worker_pool.h"
#include "ipc/server.h"
#include "policy/lists.h"
#include "policy/request.h"
#include "policy/state_store.h"

namespace md::policy {

class State {
  public:
    /// How long a change waits for the subscribers.
    static constexpr auto kHearing = std::chrono::milliseconds(4500);
    /// So long after a start subscribers that had a copy from the life before may not be back yet.
    static constexpr auto kReturn = std::chrono::milliseconds(500);

    State(StateStore& store, async::WorkerPool& pool, const Clock& clock, log::Logger log, const Rates& rates = {});
    State(const State&) = delete;
    State& operator=(const State&) = delete;

    async::Task<void> load();
    /// Answers all of policy/request.h there.
    void answer_on(ipc::Server& server);
    /// Answers what request::kPolicySocket is for.
    void answer_daemons_on(ipc::Server& server);
    /// Ends the waits of subscribers, so that the server can end in order.
    void retire() noexcept { retiring_.set(); }
    /// Removes what is over; how many entries.
    async::Task<std::size_t> purge();

    [[nodiscard]] const Lists& lists() const noexcept { return lists_; }
    [[nodiscard]] std::size_t subscribers() const noexcept { return subscribers_.size(); }

    async::Task<request::ChangeReply> change(std::vector<request::Change> changes);

  private:
    struct Subscriber {
        request::ListSet lists = request::kBothColours;
        std::uint64_t acted_on = 0;
        bool current = false;  ///< once had all that there was: it serves
    };
    struct Logged {
        std::uint64_t version;
        StoreChange change;
    };

    async::Task<ipc::Reply> on_change(ipc::Call call);
    async::Task<ipc::Reply> on_list(ipc::Call call);
    async::Task<ipc::Reply> on_check(ipc::Call call);
    async::Task<ipc::Reply> on_attend(ipc::Call call, request::ListSet allowed);
    async::Task<ipc::Reply> on_next(ipc::Call call);
    async::Task<ipc::Reply> on_count(ipc::Call call);

    [[nodiscard]] request::ChangeReply refusal(const std::vector<request::Change>& changes) const;
    async::Task<void> keep(std::vector<StoreChange> changes);
    async::Task<bool> heard(std::uint64_t version);
    [[nodiscard]] bool all_act_on(std::uint64_t version) const noexcept;
    [[nodiscard]] bool can_follow(const request::NextQuestion& question) const noexcept;
    void log_change(StoreChange change);
    [[nodiscard]] request::NextReply changes_since(std::uint64_t version, request::ListSet lists) const;
    [[nodiscard]] request::NextReply snapshot(const request::NextQuestion& question, request::ListSet lists) const;

    StateStore& store_;
    async::WorkerPool& pool_;
    const Clock& clock_;
    log::Logger log_;
    Lists lists_;
    async::Mutex changing_;
    async::Signal retiring_;
    async::WaitPoint changed_;
    async::WaitPoint heard_;
    std::uint64_t epoch_;
    std::uint64_t version_ = 1;
    async::Deadline returned_;
    std::deque<Logged> log_of_changes_;  ///< versions without a gap
    std::size_t logged_bytes_ = 0;
    std::unordered_map<std::uint64_t, Subscriber> subscribers_;
    Counters counters_;
};

}  // namespace md::policy
