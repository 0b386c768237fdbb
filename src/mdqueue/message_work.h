// mdqueue/message_work.h - one try of one message that waits in the spool
//
// PURPOSE
//   Tries its recipients, writes down what came of it, reports failures to the sender, and puts it where it belongs
//   next.
// CONTRACT
//   Progress is on disk before anything is forgotten, a mailbox before the progress that names it, a report before the
//   progress that names that. A report is not tried before the message that it is about names it, so that a crash
//   between makes it once. What was not filtered is filtered first, and stays in holding until it is.
// ERRORS
//   SystemError: this machine failed; the message is to be tried again.
// RFC
//   5321 §4.5.4 (retries), §4.5.5 (null reverse-path), §6.1; 3464 (reports)
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "mdqueue/hands.h"
#include "mdqueue/sync_history.h"
#include "mdqueue/take_over.h"
#include "spool/spool.h"

namespace md::mdqueue {

/// Where the message is after a try, and what was made of it.
struct Ending {
    std::optional<Kept> kept;  ///< none: it is gone
    std::vector<Kept> made;
    bool doubtful = false;  ///< to be tried anew: a sync failed
    bool absent = false;    ///< it is not in that queue
};

class MessageWork {
  public:
    MessageWork(Hands& hands, spool::Spool& spool, const SyncHistory& history)
        : hands_(hands), spool_(spool), history_(history) {}

    /// The message is in `queue`. `anew`: an earlier try ended doubtful. `ending` tells what was made though the rest
    /// failed.
    async::Task<void> handle(QueueId id, std::string queue, bool anew, Ending& ending);

  private:
    struct Turn {
        QueueId id;
        std::string queue;
        bool anew = false;
        spool::StoredEnvelope stored;
        std::shared_ptr<const File> message;
    };

    async::Task<bool> read(Turn& turn);
    [[nodiscard]] bool waits_for_parent(const Turn& turn);
    async::Task<bool> is_examined_already(Turn& turn, Ending& ending);
    async::Task<void> examine(Turn& turn, Ending& ending);
    async::Task<void> wait_for_filter(Turn& turn, const std::string& reason, Ending& ending);
    async::Task<void> release(Turn& turn, const Examined& examined, Ending& ending);
    async::Task<bool> try_recipients(Turn& turn);
    async::Task<void> report(Turn& turn, Ending& ending);
    async::Task<void> write(const Turn& turn, const std::vector<spool::Progress>& progress);
    async::Task<void> append(Turn& turn, std::vector<spool::Progress> progress);
    async::Task<void> conclude(Turn& turn, Ending& ending);

    Hands& hands_;
    spool::Spool& spool_;
    const SyncHistory& history_;
};

}  // namespace md::mdqueue
