// mdqueue/dispatcher.h - the manager's way to mailboxes: says where an address leads, and has a deliver child put the
// message there
//
// CONTRACT
//   On the manager's loop. One mailbox is always served by the same child. Every failure is a result: deferred, with
//   the reason. A child has kAtOnce deliveries at most; others wait. A child that died while it delivered is asked anew
//   at once, with the order to look first. sync() ends true when all that was delivered before it began is on disk.
#pragma once

#include <memory>
#include <vector>

#include "accounts/directory.h"
#include "async/scope.h"
#include "async/worker_pool.h"
#include "base/files.h"
#include "delivery/room.h"
#include "ipc/client.h"
#include "mdqueue/hands.h"
#include "spool/envelope.h"

namespace md::mdqueue {

class Dispatcher {
  public:
    static constexpr unsigned kAtOnce = 64;

    /// `sockets`: one for each deliver child, not empty. `delivered_to`: each copy names its recipient.
    Dispatcher(async::WorkerPool& pool, const log::Logger& log, async::Scope& scope,
               const accounts::Directory& directory, const std::vector<std::string>& sockets,
               bool delivered_to = false);

    /// Rewritten reverse-paths lead back to the sender for so long after RCPT as a message may wait; null: they do not.
    void lead_back_by(const delivery::SrsPointer& srs, std::chrono::microseconds wait);

    /// As Hands::expand(), Hands::find_domain() and Hands::attempt().
    async::Task<delivery::Expansion> expand(std::string address, delivery::Forwards forwards);
    async::Task<Hands::Found> find_domain(std::string domain);
    async::Task<Attempt> attempt(const spool::Envelope& envelope, const delivery::Target& target,
                                 const Readable& message, How how, const Link& first);
    /// Handed on to the child of that mailbox; none: it does not say.
    async::Task<std::optional<delivery::Room>> room(delivery::RoomQuestion question);
    async::Task<bool> sync();

  private:
    struct Child {
        std::unique_ptr<ipc::Client> client;
        unsigned deliveries = 0;
        async::WaitPoint free;
    };
    class Turn;

    async::Task<Attempt> deliver(Child& child, Delivery delivery, const File& message);
    [[nodiscard]] Child& child_of(const store::AccountName& account);

    async::WorkerPool& pool_;
    const accounts::Directory& directory_;
    std::vector<std::unique_ptr<Child>> children_;
    log::Logger log_;
    bool delivered_to_;
    delivery::SrsPointer srs_;
};

}  // namespace md::mdqueue
