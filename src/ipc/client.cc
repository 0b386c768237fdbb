// ipc/client.cc - see client.h

#include "ipc/client.h"

#include <unistd.h>

#include <cstring>
#include <map>
#include <utility>

#include "async/loop.h"
#include "base/error.h"
#include "net/listener.h"

namespace md::ipc {

using async::Deadline;
using async::Task;
using async::Wait;
using async::Woken;

/// One call that waits; registered for as long as its coroutine lives.
struct Client::Pending {
    Pending(Connection& on, std::uint32_t number);
    ~Pending();
    Pending(const Pending&) = delete;
    Pending& operator=(const Pending&) = delete;

    Connection& connection;
    const std::uint32_t id;
    async::WaitPoint answered;
    Frame frame;
    bool failed = false;
};

struct Client::Connection {
    explicit Connection(Fd fd) : channel(std::move(fd)) {}

    Channel channel;
    std::map<std::uint32_t, Pending*> pending;
    bool over = false;
    Closed why = Closed::ended;

    void fail_all() noexcept {
        over = true;
        for (const auto& [id, waiting] : pending) {
            if (waiting->answered.ready()) continue;  // has its answer, and goes on in the loop's next turn
            waiting->failed = true;
            waiting->answered.set_ready(true);
        }
    }
};

Client::Pending::Pending(Connection& on, std::uint32_t number) : connection(on), id(number) {
    connection.pending[id] = this;
}

Client::Pending::~Pending() {
    connection.pending.erase(id);
}

Client::Client(async::Scope& scope, std::string path) : scope_(scope), path_(std::move(path)) {}

Client::~Client() {
    if (connection_) connection_->channel.shut();
}

Task<Result<Reply, Unavailable>> Client::call(std::uint16_t type, std::string payload, async::Duration timeout) {
    std::vector<Fd> none;
    auto reply = co_await call(type, std::move(payload), std::move(none), timeout);
    co_return std::move(reply);
}

Task<Result<Reply, Unavailable>> Client::call(std::uint16_t type, std::string payload, std::vector<Fd> descriptors,
                                              async::Duration timeout) {
    const auto deadline = async::after(timeout);
    Frame request(Kind::request, type, 0, std::move(payload), std::move(descriptors));
    for (unsigned i = 0;; ++i) {
        auto connection = co_await connected(deadline);
        if (!connection) co_return fail(std::move(connection.error()));
        bool not_taken = false;
        auto reply = co_await call_on(*connection, request, deadline, not_taken);
        if (!not_taken || i > 0) co_return std::move(reply);
        if (connection_ == *connection) connection_.reset();  // its reader still waits for earlier answers
    }
}

Task<Result<Reply, Unavailable>> Client::call_on(std::shared_ptr<Connection> on, Frame& request, Deadline deadline,
                                                 bool& not_taken) {
    Pending pending(*on, next_id_++);
    request.id = pending.id;
    const auto sent = co_await on->channel.send(request, deadline);
    not_taken = !sent && sent.error() == Closed::broken;
    if (!sent) co_return fail(Unavailable{path_ + ": " + std::string(name(sent.error()))});
    request = Frame();
    const auto woken = co_await Wait(pending.answered, deadline);
    if (woken == Woken::timed_out) co_return fail(Unavailable{path_ + ": no answer in time"});
    if (pending.failed) co_return fail(Unavailable{path_ + ": connection " + std::string(name(on->why)), true});
    if (pending.frame.kind == Kind::refusal) co_return fail(Unavailable{path_ + ": " + pending.frame.payload});
    Reply reply(std::move(pending.frame.payload), std::move(pending.frame.descriptors));
    co_return std::move(reply);
}

Task<Result<std::shared_ptr<Client::Connection>, Unavailable>> Client::connected(Deadline deadline) {
    const auto guard = co_await connecting_.lock();
    // The reader learns of an end only in the loop's next turn: look, so that no request is lost on a dead connection.
    if (connection_ && !connection_->over && !connection_->channel.hung_up()) co_return connection_;
    auto fd = co_await net::connect_unix(path_, deadline);
    if (!fd) co_return fail(Unavailable{path_ + ": " + std::strerror(fd.error().code)});
    auto connection = std::make_shared<Connection>(std::move(*fd));
    const auto server = connection->channel.peer().uid;
    if (server != 0 && server != ::geteuid())
        co_return fail(Unavailable{path_ + ": belongs to user " + std::to_string(server)});
    connection_ = connection;
    scope_.spawn(read_replies(connection));
    co_return std::move(connection);
}

Task<void> Client::read_replies(std::shared_ptr<Connection> connection) {
    // However this coroutine ends, nobody is left waiting for an answer that nobody reads.
    struct Ending {
        explicit Ending(Connection& c) : ending(c) {}
        ~Ending() { ending.fail_all(); }
        Connection& ending;
    };
    const Ending ending(*connection);
    for (;;) {
        auto frame = co_await connection->channel.receive(async::never());
        if (!frame) {
            connection->why = frame.error();
            co_return;
        }
        const auto waiting = connection->pending.find(frame->id);
        if (waiting == connection->pending.end()) continue;  // its caller did not wait so long
        waiting->second->frame = std::move(*frame);
        waiting->second->answered.set_ready(true);
    }
}

}  // namespace md::ipc
