// policy/subscriber.h - a worker's own copy of the lists, kept up by the state child
//
// CONTRACT
//   run() keeps the copy until it is cancelled: reads it whole, then follows every change, and says so to the state
//   child by its next question. While the state child is away the copy stays as it is, and current() stays set; run()
//   tries again ten times a second, and after its return takes over what changed meanwhile. A copy that is read anew
//   takes the place of the one before when it is whole: no look-up sees half a list.
// DIAGNOSTICS
//   FilterStateAway, FilterStateBack
#pragma once

#include "async/scope.h"
#include "async/sync.h"
#include "async/task.h"
#include "ipc/client.h"
#include "log/logger.h"
#include "policy/lists.h"
#include "policy/request.h"

namespace md::policy {

class Subscriber {
  public:
    Subscriber(std::string socket, log::Logger log, request::ListSet lists = request::kBothColours);
    Subscriber(const Subscriber&) = delete;
    Subscriber& operator=(const Subscriber&) = delete;

    async::Task<void> run();
    /// Set once the copy was whole.
    [[nodiscard]] async::Signal& current() noexcept { return current_; }
    [[nodiscard]] const Lists& lists() const noexcept { return lists_; }

  private:
    async::Task<void> connection(async::Scope& scope, std::optional<ipc::Client>* client, std::string* why);
    async::Task<void> attend(async::Scope* scope, ipc::Client* client);
    async::Task<std::string> follow(ipc::Client* client);
    [[nodiscard]] bool take(const request::NextReply& reply);

    std::string socket_;
    log::Logger log_;
    request::ListSet wanted_;
    Lists lists_{Lists::Detail::matching};
    std::optional<Lists> arriving_;  ///< pages of a copy that is not whole yet
    async::Signal current_;
    unsigned failures_ = 0;
    std::uint64_t id_ = 0;
    std::uint64_t epoch_ = 0;
    std::uint64_t version_ = 0;
    std::string cursor_;
};

}  // namespace md::policy
