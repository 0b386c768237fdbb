// mdqueue/connections.h - open sessions with other hosts that wait for the next message
//
// CONTRACT
//   On a relay child's loop. A connection is kept until its time is over, so many for one key and so many together;
//   what is too much is the oldest. Who takes one owns it. sweep() says goodbye to those whose time is over, close() to
//   all: at the same time, so that a server which does not answer holds up no other's farewell, and no longer than one
//   QUIT may take.
#pragma once

#include <chrono>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "async/scope.h"
#include "async/task.h"
#include "relay/client.h"

namespace md::mdqueue {

class Connections {
  public:
    /// As many as can be in use: what ends together is used again together.
    struct Limits {
        std::size_t of_one = 20;
        std::size_t in_all = 500;
    };

    explicit Connections(const Limits& limits) : limits_(limits) {}

    struct Kept {
        std::string key;
        std::string host;  ///< "mx.example.org [192.0.2.1]"
        std::unique_ptr<relay::Client> client;
        std::chrono::steady_clock::time_point until;
    };

    /// An open session for that key, the youngest first; none: there is none.
    [[nodiscard]] std::unique_ptr<Kept> take(const std::string& key);
    async::Task<void> keep(std::unique_ptr<Kept> connection);
    /// A coroutine of the child; ends when it is cancelled.
    async::Task<void> sweep();
    async::Task<void> close();

    [[nodiscard]] std::size_t size() const noexcept { return kept_.size(); }

  private:
    using Leaving = std::vector<std::unique_ptr<Kept>>;
    static async::Task<void> say_goodbye(Leaving leaving);
    static async::Task<void> say_goodbye_in(async::Scope& scope, Leaving& leaving);

    Limits limits_;
    std::deque<std::unique_ptr<Kept>> kept_;  ///< the oldest first
};

}  // namespace md::mdqueue
