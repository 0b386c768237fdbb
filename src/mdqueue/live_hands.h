// mdqueue/live_hands.h - Hands of the manager: deliver children, the pool, the options, the clock
//
// CONTRACT
//   On the manager's loop.
#pragma once

#include "async/sync.h"
#include "daemon/child.h"
#include "mdqueue/dispatcher.h"
#include "mdqueue/relays.h"
#include "mdqueue/settlement.h"

namespace md::mdqueue {

class LiveHands final : public Hands {
  public:
    LiveHands(daemon::Child& child, Dispatcher& dispatcher, Relays& relays, Settlement& settlement,
              const spool::Freezes& freezes, OutgoingRates& rates, async::Mutex& spool_mutex);

    async::Task<delivery::Expansion> expand(std::string address, delivery::Forwards forwards) override;
    async::Task<Found> find_domain(std::string domain) override;
    async::Task<Attempt> attempt(const spool::Envelope& envelope, const delivery::Target& target,
                                 const Readable& message, How how, const Link& first) override;
    [[nodiscard]] std::string destination_of(const std::string& domain) const override;
    Turn take_turn(const std::string& destination) override;
    void give_back(const std::string& destination) override { relays_.give_back(destination); }
    async::Task<Relayed> relay(const spool::Envelope& envelope, const std::string& destination, const File& message,
                               std::uint64_t size, bool turn) override;
    [[nodiscard]] bool has_rates() const override { return rates_.rules().any(); }
    std::optional<OutgoingRates::Wait> ask_sender_rate(const spool::Envelope& envelope, std::uint64_t recipients,
                                                       bool promised) override;
    std::optional<OutgoingRates::Wait> ask_destination_rate(const std::string& destination, bool promised) override;
    void end_rests() override { relays_.end_rests(); }
    void end_rest(const std::string& destination) override { relays_.end_rest(destination); }
    [[nodiscard]] std::chrono::microseconds rest_of(const std::string& destination) const override {
        return relays_.rest_of(destination);
    }
    async::Task<Examined> examine(const spool::StoredEnvelope& stored, const File& message) override;
    async::Task<bool> on_disk() override;
    [[nodiscard]] Rules rules() const override;
    [[nodiscard]] const spool::Freezes& freezes() const override { return freezes_; }
    [[nodiscard]] WallTime now() const override;
    [[nodiscard]] const log::Logger& log() const override { return log_; }
    [[nodiscard]] bool ending() const override;

  protected:
    async::Task<void> run(Job& job) override;

  private:
    daemon::Child& child_;
    Dispatcher& dispatcher_;
    Relays& relays_;
    Settlement& settlement_;
    const spool::Freezes& freezes_;
    OutgoingRates& rates_;
    log::Logger log_;
    async::Mutex& spool_mutex_;
    delivery::SrsPointer srs_;
    std::shared_ptr<const mail::ReportTexts> report_texts_;
};

}  // namespace md::mdqueue
