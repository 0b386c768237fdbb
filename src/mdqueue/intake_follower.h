// mdqueue/intake_follower.h - from the journals into mailboxes, or else into the spool
//
// CONTRACT
//   On the manager's loop. At most kInFlight messages are worked on at a time; the rest waits in the journals. One pool
//   job of TakeOver at a time, one settling at a time. A fault of this machine leaves the record open: it is taken up
//   again. What to do with a record is record_work.h's to say, what is settled take_over.h's.
#pragma once

#include <memory>
#include <vector>

#include "async/scope.h"
#include "async/sync.h"
#include "daemon/child.h"
#include "ipc/wake.h"
#include "mdqueue/record_work.h"
#include "mdqueue/spool_runner.h"
#include "mdqueue/take_over.h"

namespace md::mdqueue {

class IntakeFollower {
  public:
    static constexpr std::size_t kInFlight = 256;

    IntakeFollower(daemon::Child& child, spool::Spool& spool, Hands& hands, const SyncHistory& history,
                   SpoolRunner& runner, std::uint64_t boot);

    /// Until the child retires; then what runs is finished and settled.
    async::Task<void> run(async::Scope& scope);

  private:
    async::Task<void> next(bool look, std::vector<RecordPointer>& records);
    async::Task<void> handle_guarded(RecordPointer record);
    async::Task<void> handle(RecordPointer record, bool& done);
    async::Task<void> settle_loop();
    async::Task<bool> settle();
    async::Task<void> work_to_end();
    void hand_in();
    void enter_settled();

    daemon::Child& child_;
    Hands& hands_;
    SpoolRunner& runner_;
    log::Logger log_;
    TakeOver take_over_;
    RecordWork work_;
    async::Mutex take_over_mutex_;
    async::Mutex settle_mutex_;
    std::vector<RecordPointer> done_;
    std::vector<RecordPointer> given_up_;
    async::Signal something_done_;
    async::WaitPoint slot_free_;
    std::size_t in_flight_ = 0;
};

}  // namespace md::mdqueue
