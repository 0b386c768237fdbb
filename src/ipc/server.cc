// ipc/server.cc - see server.h

#include "ipc/server.h"

#include <algorithm>
#include <utility>

#include "async/loop.h"
#include "net/listener.h"

namespace md::ipc {

using async::Scope;
using async::Task;
using async::Wait;

namespace {

/// A peer that does not read its answers for so long has its connection ended.
constexpr auto kSendTime = std::chrono::seconds(30);
constexpr auto kLookForPeer = std::chrono::seconds(1);

}  // namespace

struct Server::Connection {
    explicit Connection(Fd fd) : channel(std::move(fd)), peer(channel.peer()) {}

    Channel channel;
    ucred peer;
    std::size_t in_flight = 0;
    async::WaitPoint one_less;
};

Server::Server(std::string socket, std::vector<uid_t> peers, log::Logger log)
    : socket_(std::move(socket)), peers_(std::move(peers)), log_(std::move(log)) {}

Task<void> Server::serve(int listening_fd, async::WaitPoint& stop) {
    const auto body = [&](Scope& scope) { return accept(scope, listening_fd, stop); };
    co_await async::scoped(body);
}

Task<void> Server::accept(Scope& scope, int listening_fd, async::WaitPoint& stop) {
    const auto take = [&](net::Accepted accepted) {
        if (connections_ < kMaxConnections) scope.spawn(connection(std::move(accepted.fd), stop));
    };
    const auto tell = [this](const char* cause) { log_.event(Event::AcceptPaused, socket_, cause); };
    const std::function<void(net::Accepted)> taker(take);
    const net::TellPause teller(tell);
    co_await net::accept_loop(listening_fd, stop, taker, teller);
}

bool Server::may_ask(const ucred& peer) const {
    return std::find(peers_.begin(), peers_.end(), peer.uid) != peers_.end();
}

void Server::refuse(const ucred& peer) const {
    if (tell_refusal_) {
        tell_refusal_(log_, peer);
    } else {
        log_.event(Event::IpcRefused, socket_, peer.uid, peer.pid);
    }
}

Task<void> Server::connection(Fd fd, async::WaitPoint& stop) {
    struct Counted {
        explicit Counted(std::size_t& n) : number(n) { ++number; }
        ~Counted() { --number; }
        std::size_t& number;
    };
    const Counted counted(connections_);
    Connection connection(std::move(fd));
    if (!may_ask(connection.peer)) {
        refuse(connection.peer);
        co_return;
    }
    const auto body = [&](Scope& scope) { return read_requests(scope, connection, stop); };
    co_await async::scoped(body);
}

Task<void> Server::read_requests(Scope& scope, Connection& connection, async::WaitPoint& stop) {
    for (;;) {
        while (connection.in_flight >= most_in_flight_) co_await Wait(connection.one_less, async::never());
        auto frame = co_await connection.channel.receive(async::never(), &stop);
        if (!frame && frame.error() == Closed::stopped) {
            co_await read_last_requests(scope, connection);
            co_return;
        }
        if (!frame) {
            const auto why = frame.error();
            if (why != Closed::ended) log_.event(Event::IpcBroken, socket_, name(why));
            scope.cancel();  // nobody is left to answer to
            co_return;
        }
        if (frame->kind != Kind::request) {
            log_.event(Event::IpcBroken, socket_, name(Closed::malformed));
            scope.cancel();
            co_return;
        }
        scope.spawn(answer(connection, std::move(*frame)));
    }
}

/// What had come when it was to stop; then until all of it is answered, or nobody is left to answer to. A process that
/// ends would else keep a living peer's requests unread for as long as its last answer takes.
Task<void> Server::read_last_requests(Scope& scope, Connection& connection) {
    connection.channel.end_input();
    for (;;) {
        auto frame = co_await connection.channel.receive(async::never());
        if (!frame || frame->kind != Kind::request) break;
        scope.spawn(answer(connection, std::move(*frame)));
    }
    while (connection.in_flight > 0) {
        const auto look = async::after(kLookForPeer);
        co_await Wait(connection.one_less, look);
        if (connection.channel.deserted()) scope.cancel();
    }
}

Task<void> Server::answer(Connection& connection, Frame request) {
    struct InFlight {
        explicit InFlight(Connection& c) : on(c) { ++on.in_flight; }
        ~InFlight() {
            --on.in_flight;
            on.one_less.wake_all();
        }
        Connection& on;
    };
    const InFlight in_flight(connection);
    const auto type = request.type;
    const auto id = request.id;
    auto reply = co_await handle(connection, request);
    const auto kind = reply.refusal ? Kind::refusal : Kind::reply;
    Frame frame(kind, type, id, std::move(reply.payload), std::move(reply.descriptors));
    const auto deadline = async::after(kSendTime);
    const auto sent = co_await connection.channel.send(std::move(frame), deadline);
    if (!sent) connection.channel.shut();
}

Task<Reply> Server::handle(const Connection& connection, Frame& request) {
    const auto handler = handlers_.find(request.type);
    if (handler == handlers_.end()) co_return Reply::refused("unknown request " + std::to_string(request.type));
    try {
        Call call(std::move(request.payload), std::move(request.descriptors), connection.peer);
        auto task = handler->second(std::move(call));
        auto reply = co_await task;
        co_return std::move(reply);
    } catch (const std::exception& e) {
        log_.failure(Event::IpcRequestFailed, socket_, request.type, e);
    }
    co_return Reply::refused("failed");
}

}  // namespace md::ipc
