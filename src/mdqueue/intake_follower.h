// mdqueue/intake_follower.h - from the journals into mailboxes, or else into the spool
//
// CONTRACT
//   On the manager's loop. At most kInFlight messages are worked on at a time; the rest waits in the journals. One pool
//   job of TakeOver at a time. A fault of this machine leaves the record open: it is taken up again.
#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "async/scope.h"
#include "async/sync.h"
#include "ipc/wake.h"
#include "mdqueue/dispatcher.h"
#include "mdqueue/settlement.h"
#include "mdqueue/spool_runner.h"
#include "mdqueue/take_over.h"

namespace md::mdqueue {

class IntakeFollower {
  public:
    static constexpr std::size_t kInFlight = 256;

    IntakeFollower(daemon::Child& child, spool::Spool& spool, Dispatcher& dispatcher, Settlement& settlement,
                   SpoolRunner& runner, std::uint64_t boot);

    /// Until the child retires; then what runs is finished and settled.
    async::Task<void> run(async::Scope& scope);

  private:
    struct Done {
        std::shared_ptr<Record> record;
        std::uint32_t recipient;
    };

    async::Task<void> wait_for_news(ipc::WakeReceiver& wakes);
    async::Task<void> handle_guarded(std::shared_ptr<Record> record);
    async::Task<void> handle(std::shared_ptr<Record> record);
    async::Task<void> set_apart(const Record& record, std::vector<std::uint32_t> recipients);
    async::Task<std::vector<spool::Progress>> deliver(const std::shared_ptr<Record>& record,
                                                      const std::vector<std::uint32_t>& recipients, bool& all_done);
    async::Task<std::vector<spool::MessagePiece>> pieces_of(Record& record);
    async::Task<void> settle_loop();
    async::Task<bool> settle();

    daemon::Child& child_;
    Settlement& settlement_;
    Dispatcher& dispatcher_;
    SpoolRunner& runner_;
    log::Logger log_;
    TakeOver take_over_;
    async::Mutex take_over_mutex_;
    std::vector<Done> done_;
    async::Signal something_done_;
    async::WaitPoint slot_free_;
    std::size_t in_flight_ = 0;
    bool behind_ = false;  ///< the last look gave something: look again at once
};

}  // namespace md::mdqueue
