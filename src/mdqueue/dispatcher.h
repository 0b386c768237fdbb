// mdqueue/dispatcher.h - the manager's way to mailboxes: routes a recipient and has a deliver child put the message
// there
//
// CONTRACT
//   On the manager's loop. One mailbox is always served by the same child. Every failure is a result: deferred, with
//   the reason. A child that died while it delivered is asked anew at once, with the order to look first. sync() ends
//   true when all that was delivered before it began is on disk.
#pragma once

#include <memory>
#include <vector>

#include "accounts/directory.h"
#include "async/scope.h"
#include "async/worker_pool.h"
#include "base/files.h"
#include "daemon/child.h"
#include "ipc/client.h"
#include "mdqueue/deliver_protocol.h"
#include "spool/envelope.h"

namespace md::mdqueue {

/// A message that can be read, wherever it lies.
struct Readable {
    const File* file = nullptr;
    std::uint64_t offset = 0;
    std::uint64_t size = 0;
};

/// What became of one recipient in one try.
struct Attempt {
    enum class Kind : std::uint8_t { delivered, deferred, failed, remote };
    Kind kind = Kind::deferred;
    std::string status;
    std::string text;
};

class Dispatcher {
  public:
    Dispatcher(daemon::Child& child, async::Scope& scope, const accounts::Directory& directory, unsigned children);

    /// `replay`: it may have been delivered before.
    async::Task<Attempt> attempt(const spool::Envelope& envelope, std::uint32_t recipient, Readable message,
                                 bool replay);
    async::Task<bool> sync();

  private:
    async::Task<Attempt> deliver(Delivery delivery, Readable message);

    daemon::Child& child_;
    const accounts::Directory& directory_;
    std::vector<std::unique_ptr<ipc::Client>> clients_;
    log::Logger log_;
};

}  // namespace md::mdqueue
