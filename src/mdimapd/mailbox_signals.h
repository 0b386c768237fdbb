// mdimapd/mailbox_signals.h - which sessions of this worker look at which mailbox
//
// PURPOSE
//   A writer's wake-up (store/wake.h) names a mailbox, and so does the kernel when another program was in its
//   directories (store/outside_watch.h); every session that has it selected is signalled, and looks itself. One
//   coroutine a worker for either.
// CONTRACT
//   A session makes its Watch before its last read of the journal, so that no change falls between. A wake-up may be
//   lost without harm: who idles looks every 30 s anyway. What other programs do is gathered: sessions look a tenth of
//   a second after it began, and once a second. When the worker stops every Watch is signalled.
#pragma once

#include <atomic>
#include <string>
#include <unordered_map>

#include "async/fd_watch.h"
#include "async/sync.h"
#include "async/task.h"
#include "log/logger.h"
#include "store/mailbox.h"
#include "store/outside_watch.h"
#include "store/wake.h"

namespace md::mdimapd {

class MailboxSignals {
  public:
    /// One session's interest in one mailbox, for as long as it lives.
    class Watch {
      public:
        Watch(MailboxSignals& signals, std::string mailbox_id);
        ~Watch();
        Watch(const Watch&) = delete;
        Watch& operator=(const Watch&) = delete;

        /// Blocks. Signalled from now on by other programs' changes, too, as far as the system lets us; again after the
        /// directories were replaced.
        void arm(store::Mailbox& mailbox);
        /// Set when the mailbox changed; who has looked clears it.
        [[nodiscard]] async::Signal& changed() noexcept { return changed_; }

      private:
        MailboxSignals& signals_;
        std::string mailbox_id_;
        async::Signal changed_;
    };

    MailboxSignals(store::WakeSocket& socket, const log::Logger& log)
        : socket_(socket), watch_(socket.descriptor()), log_(log) {}

    /// Hands on what the socket gives, until `stopping` is set or it is cancelled. While nobody watches anything the
    /// worker sleeps: what comes then stays in the socket, and tells the first who watches to look.
    async::Task<void> run(async::Signal& stopping);
    /// Hands on what the kernel tells of other programs, until it is cancelled.
    async::Task<void> run_outside();
    /// Has every watcher look.
    void signal_all() noexcept;

  private:
    void signal(const std::string& mailbox_id) noexcept;
    void note_unseen(const std::string& mailbox_id, int error);

    store::WakeSocket& socket_;
    async::FdWatch watch_;
    store::OutsideWatch outside_;
    log::Logger log_;
    std::atomic<bool> unseen_told_ = false;
    std::unordered_multimap<std::string, Watch*> watches_;
    async::Signal watched_;  ///< there are some
};

}  // namespace md::mdimapd
