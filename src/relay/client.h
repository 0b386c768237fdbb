// relay/client.h - mail given to one server over one connection: SMTP or LMTP
//
// PURPOSE
//   What a relay worker uses: open() a connection to a host, send() one message after the other, quit().
//     relay::Client client(pool, "mail.example.org");
//     const auto failure = co_await client.open(server);
//     const auto outcomes = co_await client.send(cargo);
//     co_await client.quit();
// CONTRACT
//   Whatever the server does or does not do is an Outcome for each recipient: nothing of it is an exception. Every wait
//   ends by the Timeouts. A recipient is delivered only on the server's word behind the end of the message.
//   One coroutine at a time. open() once; to try the same host without TLS, or the next, take a new Client. What the
//   session can still be used for, usable() says after each call. Cancelled, and SystemError for a message that cannot
//   be read, pass through; the connection is then of no more use and is closed without a word by quit() or the
//   destructor, so that nobody takes half a message for a whole one.
// LIMITS
//   Server::most_recipients a transaction, or fewer by the server's RCPTMAX or by its "too many recipients": send()
//   makes as many transactions as it takes. Whom the session cannot take any more (MAILMAX, RCPTDOMAINMAX) is untried.
//   Of the message at most three pieces of 32 KiB are in memory.
// RFC
//   5321; 2033 (LMTP); 9422 (limits); transaction.h and opening.h name the others
#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "async/worker_pool.h"
#include "base/fd.h"
#include "net/listener.h"
#include "relay/cargo.h"
#include "relay/dialogue.h"
#include "relay/outcome.h"
#include "relay/server.h"
#include "relay/transaction.h"

namespace md::relay {

class Client {
  public:
    /// `hostname`: ours, for EHLO. Files are read on `pool`, which outlives it.
    Client(async::WorkerPool& pool, std::string hostname, const Timeouts& timeouts = {});
    ~Client();
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;

    /// None: mail can be sent.
    async::Task<std::optional<OpenFailure>> open(Server server);
    /// Likewise, over a connection that somebody has made (connector.h).
    async::Task<std::optional<OpenFailure>> open(Server server, Fd connection);
    /// What open() says of a server that could not be connected to.
    [[nodiscard]] static OpenFailure not_connected(const Server& server, const net::ConnectError& error);
    [[nodiscard]] const Facts& facts() const noexcept { return facts_; }

    /// An outcome for each recipient, in their order. The cargo, which has one at least, lives until it ends.
    async::Task<std::vector<Outcome>> send(const Cargo& cargo);

    /// Another message can be sent over this connection.
    [[nodiscard]] bool usable() const noexcept;
    /// Makes sure of it, before the connection is kept for later: RSET if the last transaction did not end by itself.
    async::Task<bool> reset();
    /// Says goodbye, if that is possible, and closes.
    async::Task<void> quit();

  private:
    class Sending;

    async::Task<std::optional<Outcome>> prepare();
    [[nodiscard]] bool exhausted() const;

    async::WorkerPool& pool_;
    std::string hostname_;
    Timeouts timeouts_;
    Server server_;
    Facts facts_;
    std::unique_ptr<Dialogue> dialogue_;
    std::uint64_t transactions_ = 0;
    std::set<std::string> domains_;  ///< of recipients that were named, where the server counts them
    bool in_transaction_ = false;    ///< RSET is due
    bool broken_off_ = false;        ///< an exception left send()
};

}  // namespace md::relay
