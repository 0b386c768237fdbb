// mdimapd/mailbox_signals.h - which sessions of this worker look at which mailbox
//
// PURPOSE
//   A writer's wake-up (store/wake.h) names a mailbox; every session that has it selected is signalled, and looks
//   itself. One coroutine a worker drains the socket.
// CONTRACT
//   A session makes its Watch before its last read of the journal, so that no change falls between. A wake-up may be
//   lost without harm: who idles looks every 30 s anyway. When the worker stops every Watch is signalled.
#pragma once

#include <string>
#include <unordered_map>

#include "async/fd_watch.h"
#include "async/sync.h"
#include "async/task.h"
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

        /// Set when the mailbox changed; who has looked clears it.
        [[nodiscard]] async::Signal& changed() noexcept { return changed_; }

      private:
        MailboxSignals& signals_;
        std::string mailbox_id_;
        async::Signal changed_;
    };

    explicit MailboxSignals(store::WakeSocket& socket) : socket_(socket), watch_(socket.descriptor()) {}

    /// Hands on what the socket gives, until `stopping` is set or it is cancelled.
    async::Task<void> run(async::Signal& stopping);
    /// Has every watcher look.
    void signal_all() noexcept;

  private:
    void signal(const std::string& mailbox_id) noexcept;
    store::WakeSocket& socket_;
    async::FdWatch watch_;
    std::unordered_multimap<std::string, Watch*> watches_;
};

}  // namespace md::mdimapd
