// mdqueue/message_work.h - one try of one message that waits in the spool
//
// PURPOSE
//   Tries its recipients, writes down what came of it, reports failures to the sender, and puts it where it belongs
//   next.
// CONTRACT
//   A mailbox is on disk before its message is forgotten; what failed before a report is made of it, the report before
//   the progress that names it, and that before the report is tried: a crash between makes it once. All these wait for
//   the sync that serves everyone (Hands::on_disk), so many messages are tried at once. What was delivered is written
//   down only where the message stays: if it comes back after a crash, its mailbox shows that it has it. What was not
//   filtered is filtered first, and stays in holding until it is.
// ERRORS
//   SystemError: this machine failed; the message is to be tried again.
// RFC
//   5321 §4.5.4 (retries), §4.5.5 (null reverse-path), §6.1; 3464 (reports)
#pragma once

#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "async/sync.h"
#include "delivery/status_report.h"
#include "mdqueue/hands.h"
#include "mdqueue/recipient_round.h"
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
    std::string waits_for;  ///< what is left waits for a turn at this destination; empty: it does not
};

/// How a message is tried.
struct Trying {
    bool anew = false;    ///< an earlier try ended doubtful
    bool urgent = false;  ///< those of its recipients, too, whose time has not come
    std::string turn;     ///< the destination at which one was taken for it; empty: none, or it is used
};

class MessageWork {
  public:
    MessageWork(Hands& hands, spool::Spool& spool, const SyncHistory& history)
        : hands_(hands), spool_(spool), history_(history) {}

    /// The message is in `queue`. `ending` tells what was made though the rest failed.
    async::Task<void> handle(QueueId id, std::string queue, Trying& trying, Ending& ending);

  private:
    static constexpr std::size_t kTriedAtOnce = 64;  ///< messages whose recipients are tried: each holds a file open
    static constexpr std::size_t kExaminedAtOnce = 16;
    static constexpr std::size_t kManyRecipients = 500;
    static constexpr std::size_t kLargeAtOnce = 16;  ///< messages with more of them, from their reading to their end

    struct Turn {
        QueueId id;
        std::string queue;
        bool anew = false;
        std::uint64_t failures = 0;  ///< of syncs, when it began
        bool all_kept = true;        ///< what other hosts have taken is on disk
        spool::StoredEnvelope stored;
        std::vector<spool::Progress> unwritten;
        std::vector<RemoteRecipient> remote;
        std::shared_ptr<const File> message;  ///< open for them
        Trying* trying = nullptr;
        std::string destination;  ///< all that is left goes there
        std::string waits_for;
        std::string bad;  ///< why it goes to bad, whatever its recipients wait for
    };

    async::Task<bool> read(Turn& turn);
    [[nodiscard]] std::shared_ptr<const File> open_message(const Turn& turn);
    [[nodiscard]] bool waits_for_parent(const Turn& turn);
    async::Task<bool> is_examined_already(Turn& turn, Ending& ending);
    async::Task<void> examine(Turn& turn, Ending& ending);
    async::Task<void> wait_for_filter(Turn& turn, const std::string& reason, Ending& ending);
    async::Task<void> release(Turn& turn, const Examined& examined, std::shared_ptr<const File> message,
                              Ending& ending);
    async::Task<bool> serve(Turn& turn, Ending& ending);
    async::Task<bool> try_recipients(Turn& turn);
    async::Task<bool> relay(Turn& turn);
    async::Task<void> keep_relayed(Turn& turn, std::vector<spool::Progress> progress);
    async::Task<bool> release_reports(Turn& turn, Ending& ending);
    async::Task<bool> report(Turn& turn, Ending& ending);
    void put_report(const Turn& turn, delivery::StatusReport& report, const std::string& notified);
    async::Task<bool> on_disk(const Turn& turn);
    [[nodiscard]] bool write(Turn& turn);
    async::Task<void> conclude(Turn& turn, Ending& ending);

    Hands& hands_;
    spool::Spool& spool_;
    const SyncHistory& history_;
    /// What other hosts have taken and no disk would: until it is written the messages are here alone known to be sent.
    std::unordered_map<std::uint64_t, std::vector<spool::Progress>> owed_;
    async::Semaphore slots_{kTriedAtOnce};
    async::Semaphore examinations_{kExaminedAtOnce};
    async::Semaphore large_{kLargeAtOnce};
};

}  // namespace md::mdqueue
