// mdqueue/connections.h - open sessions with other hosts that wait for the next message
//
// CONTRACT
//   On a relay child's loop. A connection is kept for `time`, kMostOf for one key and kMostInAll together; what is too
//   much is the oldest. Who takes one owns it. sweep() says goodbye to those whose time is over, close() to all.
#pragma once

#include <chrono>
#include <deque>
#include <memory>
#include <string>

#include "async/scope.h"
#include "async/task.h"
#include "relay/client.h"

namespace md::mdqueue {

class Connections {
  public:
    static constexpr std::size_t kMostOf = 20;
    static constexpr std::size_t kMostInAll = 200;

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
    async::Task<void> drop_first();

    std::deque<std::unique_ptr<Kept>> kept_;  ///< the oldest first
};

}  // namespace md::mdqueue
