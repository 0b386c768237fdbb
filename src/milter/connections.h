// milter/connections.h - connections to our own filter, between two sessions
//
// PURPOSE
//   A connection and its negotiation cost a filter more than the steps of a message. One that has served a session
//   serves the next: SMFIC_QUIT_NC, "this client is over, another follows", which is said together with the first
//   step of that one.
// CONTRACT
//   One loop's. At most kMost, the youngest first, and none that was opened longer than kAge ago: a filter that is
//   started anew with another configuration is asked at the latest then. Those that are closed are told QUIT.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "async/task.h"
#include "async/wait.h"
#include "net/stream.h"

namespace md::milter {

class Connections {
  public:
    static constexpr std::size_t kMost = 16;
    static constexpr std::chrono::seconds kAge{5};

    struct Connection {
        std::unique_ptr<net::Stream> stream;
        std::uint32_t actions = 0;  ///< as negotiated
        std::uint32_t steps = 0;
        async::Deadline opened{};
    };

    Connections() = default;
    ~Connections();
    Connections(const Connections&) = delete;
    Connections& operator=(const Connections&) = delete;

    /// Between two messages, with nothing read or awaited.
    void keep(const std::string& path, Connection connection);
    /// The filter has not closed it, as far as is known.
    [[nodiscard]] std::optional<Connection> take(const std::string& path);
    /// Closes what has become too old, until it is cancelled.
    async::Task<void> run();

  private:
    struct Kept {
        std::string path;
        Connection connection;
    };

    void close_old(async::Deadline now);

    std::vector<Kept> kept_;  ///< the youngest last
    async::WaitPoint changed_;
};

/// The other side has closed it: by a restart, or because it was idle.
[[nodiscard]] bool has_left(const net::Stream& stream) noexcept;

}  // namespace md::milter
