// relay/dialogue.h - commands to a server and its replies, over one connection
//
// PURPOSE
//   The part of an SMTP or LMTP client that knows nothing of mail: lines out, replies in, in their order, whether each
//   command waits for its reply or a group leaves at once (PIPELINING).
// CONTRACT
//   Owns the stream and catches its Disconnected: the end of the connection is a value, an Outcome of the host's fault,
//   and so are nonsense, a reply that nobody asked for, 421, and a reply that is not whole by its deadline, however its
//   octets trickle. After it the connection is closed and every call gives the same Outcome. Cancelled and the faults
//   of this machine pass through.
// RFC
//   5321 §4.2, §4.3.1, §3.8 (421); 2920 §3.1; 3207
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "async/task.h"
#include "base/result.h"
#include "net/stream.h"
#include "relay/outcome.h"

namespace md::relay {

class Dialogue {
  public:
    using Limit = std::chrono::milliseconds;
    using Answer = Result<smtp::ServerReply, Outcome>;

    /// `name` is how messages call the server: "mx.example.org[192.0.2.1]".
    Dialogue(std::unique_ptr<net::Stream> stream, std::string name);

    [[nodiscard]] bool alive() const noexcept { return !trouble_; }
    /// Nothing has come, as far as that is known without looking, that was not read.
    [[nodiscard]] bool quiet() const noexcept { return stream_->buffered().empty() && !reader_.begun(); }
    [[nodiscard]] const net::Stream& stream() const noexcept { return *stream_; }

    /// A command without its CRLF; it leaves with the next read_reply() or flush(). A reply to it must be read.
    void put(std::string_view command);
    /// Octets of a message: no reply is due.
    void put_octets(std::string_view octets) { stream_->put(octets); }
    /// The next reply in order; `limit` from now to its last octet.
    async::Task<Answer> read_reply(Limit limit);
    async::Task<Answer> ask(std::string command, Limit limit);
    /// None: all is sent, and the server has said nothing meanwhile. An answer is one that nobody has waited for yet.
    async::Task<std::optional<Answer>> flush(Limit limit);

    /// The client's side of the handshake, after the reply to STARTTLS.
    async::Task<std::optional<Outcome>> start_tls(std::shared_ptr<const net::TlsClient> client, std::string peer_name,
                                                  Limit limit);

    /// Closes the connection; the server is at fault.
    Outcome give_up(mail::Status status, std::string_view why);
    /// Closes the connection without a word.
    void close() noexcept;

  private:
    async::Task<Answer> guarded(async::Task<Answer> work);
    async::Task<Answer> receive(async::Deadline deadline);
    async::Task<Answer> send_and_look(async::Deadline deadline);
    async::Task<Answer> shake_hands(std::shared_ptr<const net::TlsClient> client, std::string peer_name,
                                    async::Deadline deadline);
    [[nodiscard]] Answer judge(smtp::ServerReply reply, bool asked);
    [[nodiscard]] bool take(smtp::ReplyReader::Progress& progress);

    std::unique_ptr<net::Stream> stream_;
    std::string name_;
    smtp::ReplyReader reader_;
    unsigned due_ = 0;                ///< replies to what was put
    bool spoke_unasked_ = false;      ///< something had arrived when a command was put, and no reply was due
    std::optional<Outcome> trouble_;  ///< the connection is over
};

}  // namespace md::relay
