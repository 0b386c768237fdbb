// mdqueue/spool_runner.h - messages that wait, and what is tried with them when
//
// PURPOSE
//   Knows every message of the spool by id, queue and due time (spool::Index, at most 80 octets each); has each tried
//   when it is due, in its turn (message_work.h).
// CONTRACT
//   On the manager's loop. Nothing is tried before start(), nor while its record is not settled (hold()): until then it
//   may be made again. The index on disk is a hint that serves from the start; a scan beside the work corrects it. What
//   was never tried comes before what comes again, and has more room. What goes to one destination alone waits for a
//   turn there before it is read, so that no destination's mail is in the way of another's: while it rests one message
//   is due when that is over, as the probe, and the others cost nothing but memory. Now and then each of them is looked
//   at, so that its sender is told in time. `quarantine`, `bad` and what is in `holding`
//   though it was filtered are left to the administrator.
#pragma once

#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "async/scope.h"
#include "async/sync.h"
#include "async/worker_pool.h"
#include "ipc/json.h"
#include "mdqueue/message_work.h"
#include "spool/freezes.h"
#include "spool/index.h"
#include "spool/queue_act.h"
#include "spool/queue_view.h"
#include "spool/spool.h"

namespace md::mdqueue {

class SpoolRunner {
  public:
    SpoolRunner(async::WorkerPool& pool, Files& files, spool::Spool& spool, Hands& hands, const SyncHistory& history,
                spool::Freezes& freezes);

    /// The manager's coroutine; ends when it is cancelled.
    async::Task<void> run(async::Scope& scope);
    /// What earlier processes left in the journals has been taken up.
    void start() { started_.set(); }
    /// Begins nothing more, and waits for what is under way: another host may have a message of which we have not heard
    /// yet. Not longer than kDrain.
    async::Task<void> drain();
    /// What a listing tells beside the messages; asked on the loop, used behind Hands::blocking().
    void show_with(std::function<spool::ViewFacts()> facts) { facts_ = std::move(facts); }
    /// What remains of the index in memory goes to disk.
    async::Task<void> save();

    /// The record of that id is under way: whatever of it is in the spool is not to be touched.
    void hold(QueueId id);
    /// true: something was thawed meanwhile, and what it was kept for may not be so any more.
    bool release(QueueId id);
    /// A message is in the spool, durably, and may be worked on.
    void enter(const Kept& kept);

    /// The message may have been passed by while it was held: it has its turn now, if it is there.
    void try_again(QueueId id);

    /// Tries now what waits: all, or one. Returns how many. Destinations that rest, of those messages, get a probe.
    std::size_t try_now(std::optional<QueueId> only);
    std::size_t try_now(const std::vector<QueueId>& ids);
    /// One page of the queue for people, from `cursor` (0 first) on: {"messages": [...], "next": cursor or null}.
    async::Task<ipc::Json> list(std::uint64_t cursor);
    async::Task<std::optional<ipc::Json>> show(QueueId id);
    /// How many messages are for each destination alone.
    [[nodiscard]] auto count_destinations() const { return index_.count_destinations(); }

    /// What an administrator wants done with each; durable. What is being worked on is waited for, for kPatience.
    async::Task<std::vector<spool::ActOutcome>> act(std::vector<QueueId> ids, spool::Order order);
    /// Something may go to that destination again.
    void freed(const std::string& destination);
    /// false: it was so already. What is thawed is tried at once.
    async::Task<bool> freeze(spool::Freezes::Rule rule, bool frozen);

    [[nodiscard]] std::size_t size() const noexcept { return index_.size(); }

  private:
    static constexpr auto kPatience = std::chrono::seconds(4);
    static constexpr auto kDrain = std::chrono::seconds(10);

    [[nodiscard]] std::vector<QueueId> listed_behind(QueueId cursor);
    async::Task<void> wait_for(const std::vector<QueueId>& ids);
    void try_all();
    async::Task<void> sync_what_is_there();
    void look_at_clock();
    std::optional<QueueId> next_fresh();
    std::optional<QueueId> next_due();
    enum class Begun : std::uint8_t { skipped, waits, begun };
    /// back: behind the others that wait there; front: before them, as it was.
    enum class Rank : std::uint8_t { back, front };
    Begun begin(QueueId id, bool fresh);
    Begun begin_at(QueueId id, std::string destination, bool fresh, Rank rank);
    void start(QueueId id, std::string state, std::string turn, bool fresh);
    void wait(const Kept& kept, const std::string& destination, Rank rank);
    void be_probe(Kept kept, const std::string& destination);
    [[nodiscard]] bool has_probe(const std::string& destination, QueueId id) const;
    void end_probe(const std::string& destination);
    [[nodiscard]] bool waits_at(QueueId id, const std::string& destination) const;
    [[nodiscard]] bool has_room(bool fresh) const noexcept;
    [[nodiscard]] std::int64_t seconds_of(WallTime due) const;
    void put(const Kept& kept);
    async::Task<void> try_guarded(QueueId id, std::string queue, std::string turn, bool fresh);
    async::Task<void> try_message(QueueId id, std::string queue, Trying& trying, Ending& ending);
    async::Task<void> keep_saving();
    async::Task<void> sync_now_and_then();
    async::Task<void> scan_guarded();
    async::Task<void> scan();
    async::Task<void> scan_folder(const std::string& queue, unsigned folder);
    [[nodiscard]] WallTime first_due(const spool::StoredEnvelope& stored) const;
    async::Task<void> find_again(QueueId id);
    async::Task<void> drop_what_is_gone();
    [[nodiscard]] bool is_busy(QueueId id) const;
    [[nodiscard]] bool is_tried(std::string_view state) const noexcept;
    void forget(QueueId id);

    async::WorkerPool& pool_;
    spool::Spool& spool_;
    Hands& hands_;
    const SyncHistory& history_;
    MessageWork work_;
    spool::Index index_;
    std::vector<QueueId> listing_;  ///< the next ids of it, in their order, while it is shown page by page
    async::Mutex save_mutex_;
    std::unordered_map<std::uint64_t, std::uint64_t> held_;  ///< with thaws_ of then
    std::unordered_set<std::uint64_t> running_;
    std::deque<QueueId> fresh_;  ///< due, and never tried: before what comes again
    /// By destination, what waits for a turn there.
    std::unordered_map<std::string, std::deque<QueueId>> waiting_;  ///< may hold who does not wait there any more
    std::unordered_map<std::uint64_t, std::string> waits_for_;      ///< of each, where
    std::unordered_map<std::string, QueueId> probes_;  ///< by destination that rests, who is due when that is over
    std::size_t fresh_running_ = 0;
    std::size_t aside_running_ = 0;             ///< neither fresh nor with a turn
    std::unordered_set<std::uint64_t> urgent_;  ///< an administrator wants all of them tried
    async::Scope* scope_ = nullptr;             ///< of run()
    std::unordered_set<std::uint64_t> acting_;  ///< in an administrator's hands
    std::unordered_set<std::uint64_t> doubtful_;
    Files& files_;
    spool::Freezes& freezes_;
    async::Mutex freezing_;
    std::uint64_t thaws_ = 0;
    bool draining_ = false;
    async::Signal started_;
    async::Signal known_;  ///< the index tells what there is: it was read, or everything was looked at
    async::Signal changed_;
    std::function<spool::ViewFacts()> facts_ = [] { return spool::ViewFacts(); };
};

}  // namespace md::mdqueue
