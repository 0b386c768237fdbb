// tests/crash/manager.h - the queue manager without its processes
//
// PURPOSE
//   The manager's own decisions - mdqueue::TakeOver, RecordWork, MessageWork, SyncHistory - with hands that work on a
//   disk that forgets, in the order of IntakeFollower and SpoolRunner.
// CONTRACT
//   Other sites are those of sites.h. Every call may throw SystemError: what was not finished is tried again by the
//   next turn().
#pragma once

#include <map>
#include <memory>
#include <set>
#include <vector>

#include "crash/sites.h"
#include "log/logger.h"
#include "mdqueue/message_work.h"
#include "mdqueue/record_work.h"
#include "mdqueue/take_over.h"
#include "spool/queue_act.h"
#include "spool/spool.h"
#include "store/store.h"
#include "support/memory_sink.h"

namespace md::test::crash {

class Manager final : private mdqueue::Hands {
  public:
    /// `boot` differs from boot to boot.
    Manager(Files& files, const store::StoreOptions& store, std::uint64_t boot, Ledger& ledger, Sites& sites);

    /// Takes over what there is, and tries all that waits in the spool.
    void turn();
    /// What an administrator wants; durable.
    spool::ActOutcome act(QueueId id, spool::Act what, const std::string& to);
    /// All of it on disk, then `taken`, then the segments free.
    void settle();
    /// The end of a process that stops in order.
    void close() { store_.close(); }

    [[nodiscard]] spool::Spool& spool() { return spool_; }
    /// Its record is not settled: nobody may touch what waits of it.
    [[nodiscard]] bool is_held(QueueId id) const { return held_.contains(id); }

  private:
    void take_records();
    void handle_open();
    void settle_records();
    void run_spool();
    void run_message(const std::string& state, QueueId id);
    using Keys = std::vector<std::pair<std::string, std::string>>;
    [[nodiscard]] Keys written();

    async::Task<delivery::Expansion> expand(std::string address, delivery::Forwards forwards) override;
    async::Task<Found> find_domain(std::string) override { co_return std::optional<accounts::Domain>(); }
    async::Task<mdqueue::Attempt> attempt(const spool::Envelope& envelope, const delivery::Target& target,
                                          const mdqueue::Readable& message, mdqueue::How how,
                                          const mdqueue::Link& first) override;
    [[nodiscard]] std::string destination_of(const std::string& domain) const override { return domain; }
    Turn take_turn(const std::string&) override { return Turn::rests; }
    void give_back(const std::string&) override {}
    async::Task<mdqueue::Relayed> relay(const spool::Envelope& envelope, const std::string& destination,
                                        const File& message, std::uint64_t size, bool turn) override;
    void end_rests() override {}
    async::Task<mdqueue::Examined> examine(const spool::StoredEnvelope& stored, const File& message) override;
    async::Task<bool> on_disk() override;
    [[nodiscard]] mdqueue::Rules rules() const override;
    [[nodiscard]] const spool::Freezes& freezes() const override { return freezes_; }
    [[nodiscard]] WallTime now() const override { return clock_.now(); }
    [[nodiscard]] const log::Logger& log() const override { return log_; }
    [[nodiscard]] bool ending() const override { return false; }
    async::Task<void> run(Job& job) override;

    Ledger& ledger_;
    Sites& sites_;
    MemorySink sink_;
    log::Logger log_;
    store::Store store_;
    const Clock& clock_;
    spool::Spool spool_;
    spool::Freezes freezes_{"/spool/frozen"};
    mdqueue::SyncHistory history_;
    mdqueue::TakeOver take_over_;
    mdqueue::RecordWork record_work_;
    mdqueue::MessageWork message_work_;
    std::vector<mdqueue::RecordPointer> open_;  ///< given out, and not done
    std::set<QueueId> held_;
    std::set<QueueId> doubtful_;
    bool started_ = false;  ///< what earlier processes left is on disk
};

}  // namespace md::test::crash
