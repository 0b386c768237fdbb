// ipc/server.h - answers other processes of ours
//
// PURPOSE
//   server.on(type, handler) for each request; `co_await server.serve(fd, stop)` accepts, reads, answers.
// CONTRACT
//   One coroutine a connection, one more a request, so that a slow answer holds up no other. A connection is served
//   only if its peer's user is in `peers` (SO_PEERCRED); at most kMaxConnections, each with at most kMaxInFlight
//   requests, or what allow_in_flight() says: more are not read before one is answered. Whatever a peer sends, it ends
//   at worst its own connection. A handler that throws a std::exception is a refusal to who asked and event
//   IpcRequestFailed here. When `stop` is set nothing new is accepted, and what a peer sends from then on fails there
//   at once, so that it goes to whoever listens next; what was asked is answered while its peer is there, then serve()
//   returns.
// DIAGNOSTICS
//   IpcRefused, IpcBroken, IpcRequestFailed, AcceptPaused
#pragma once

#include <sys/types.h>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "async/scope.h"
#include "async/task.h"
#include "ipc/channel.h"
#include "ipc/client.h"
#include "log/logger.h"

namespace md::ipc {

struct Call {
    Call(std::string text, std::vector<Fd> fds, const ucred& who)
        : payload(std::move(text)), descriptors(std::move(fds)), peer(who) {}

    std::string payload;
    std::vector<Fd> descriptors;
    ucred peer;
};

class Server {
  public:
    static constexpr std::size_t kMaxConnections = 1024;
    static constexpr std::size_t kMaxInFlight = 256;

    /// Calls a coroutine and returns its task.
    using Handler = std::function<async::Task<Reply>(Call call)>;

    /// `socket`: how log lines call it. `peers`: users that may ask.
    Server(std::string socket, std::vector<uid_t> peers, log::Logger log);

    /// Tells of a peer that is not served, in place of IpcRefused.
    using TellRefusal = std::function<void(const log::Logger& log, const ucred& peer)>;
    void on_refusal(TellRefusal tell) { tell_refusal_ = std::move(tell); }
    void on(std::uint16_t type, Handler handler) { handlers_[type] = std::move(handler); }
    void allow_in_flight(std::size_t most) noexcept { most_in_flight_ = most; }
    void set_log(log::Logger log) { log_ = std::move(log); }
    async::Task<void> serve(int listening_fd, async::WaitPoint& stop);

  private:
    struct Connection;

    async::Task<void> accept(async::Scope& scope, int listening_fd, async::WaitPoint& stop);
    async::Task<void> connection(Fd fd, async::WaitPoint& stop);
    async::Task<void> read_requests(async::Scope& scope, Connection& connection, async::WaitPoint& stop);
    async::Task<void> read_last_requests(async::Scope& scope, Connection& connection);
    async::Task<void> answer(Connection& connection, Frame request);
    async::Task<Reply> handle(const Connection& connection, Frame& request);
    [[nodiscard]] bool may_ask(const ucred& peer) const;
    void refuse(const ucred& peer) const;

    std::string socket_;
    std::vector<uid_t> peers_;
    log::Logger log_;
    std::map<std::uint16_t, Handler> handlers_;
    TellRefusal tell_refusal_;
    std::size_t connections_ = 0;
    std::size_t most_in_flight_ = kMaxInFlight;
};

}  // namespace md::ipc
