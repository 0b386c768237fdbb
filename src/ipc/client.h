// ipc/client.h - asks another process of ours
//
// PURPOSE
//   `const auto reply = co_await client.call(type, payload, timeout);` Many calls may wait on the one connection at a
//   time; the answers come in any order.
// CONTRACT
//   Connects when the first call wants it, and again after the connection broke. Never throws but Cancelled: nobody
//   there, a broken connection, no answer in time and a refusal are Unavailable, with a text for the log. A
//   request is sent once: whether one that broke off was carried out is not known. What the server will not take, for
//   it ends, goes to whoever listens then.
//   Answers are read by a coroutine in `scope`, which the client may not outlive; ending the client ends it. Speaks
//   only to a server of root or of our own user (SO_PEERCRED).
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "async/scope.h"
#include "async/task.h"
#include "ipc/channel.h"

namespace md::ipc {

struct Unavailable {
    std::string reason;
    bool lost = false;  ///< the server went with the request in its hands
};

struct Reply {
    Reply() = default;
    explicit Reply(std::string text) : payload(std::move(text)) {}
    Reply(std::string text, std::vector<Fd> fds) : payload(std::move(text)), descriptors(std::move(fds)) {}
    /// "Not carried out": Unavailable to who asked.
    [[nodiscard]] static Reply refused(std::string why) {
        Reply reply(std::move(why));
        reply.refusal = true;
        return reply;
    }

    std::string payload;
    std::vector<Fd> descriptors;
    bool refusal = false;
};

class Client {
  public:
    Client(async::Scope& scope, std::string path);
    ~Client();
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;

    async::Task<Result<Reply, Unavailable>> call(std::uint16_t type, std::string payload, async::Duration timeout);
    async::Task<Result<Reply, Unavailable>> call(std::uint16_t type, std::string payload, std::vector<Fd> descriptors,
                                                 async::Duration timeout);
    [[nodiscard]] const std::string& path() const noexcept { return path_; }

  private:
    struct Pending;
    struct Connection;

    async::Task<Result<std::shared_ptr<Connection>, Unavailable>> connected(async::Deadline deadline);
    async::Task<Result<Reply, Unavailable>> call_on(std::shared_ptr<Connection> on, Frame& request,
                                                    async::Deadline deadline, bool& not_taken);
    static async::Task<void> read_replies(std::shared_ptr<Connection> connection);

    async::Scope& scope_;
    std::string path_;
    async::Mutex connecting_;
    std::shared_ptr<Connection> connection_;
    std::uint32_t next_id_ = 1;
};

}  // namespace md::ipc
