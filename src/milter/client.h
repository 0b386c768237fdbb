// milter/client.h - our side of the conversation with one filter, for one SMTP connection
//
// PURPOSE
//   mdsmtpd (and mdqueue, for what it collects) asks a filter at each step of a session and learns what it wants done
//   with each message.
// CONTRACT
//   Catches its own stream's Disconnected: a filter that cannot be reached, is too slow, closes or talks nonsense is
//   Answer::Kind::unavailable until the next MAIL, which tries it anew; one that closed between two messages is
//   connected to again by the second. Never waits longer than the settings say. After an accept no further step of that
//   message (or connection) is sent. What a filter asks for without having negotiated it is nonsense. Steps are sent in
//   order; those that the filter does not answer are gathered and leave together with the next that it does. What was
//   settled for the message (accept, reject, temp_fail, discard) is the answer of its later steps, without asking. A
//   connection to our own filter is taken from, and given back to, the Connections that are kept, if there are any.
// BUGS
//   Of a header field longer than 64 KiB a filter sees the first 64 KiB.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "async/task.h"
#include "milter/connections.h"
#include "milter/endpoint.h"
#include "milter/outcome.h"
#include "net/stream.h"

namespace md::milter {

struct Settings {
    std::chrono::milliseconds connect_timeout{10'000};
    std::chrono::milliseconds step_timeout{60'000};
    std::chrono::milliseconds end_timeout{300'000};     ///< for the reply to the end of the message
    std::chrono::milliseconds progress_limit{600'000};  ///< of one step, however often the filter says that it works
    std::size_t outcome_limit_bytes = 256U << 20;       ///< of all that it asks for at the end of one message
};

class Client {
  public:
    /// `kept`, if any, outlives it.
    Client(Endpoint endpoint, const Settings& settings, Connections* kept = nullptr);
    ~Client();
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;

    [[nodiscard]] const Endpoint& endpoint() const noexcept { return endpoint_; }
    [[nodiscard]] bool wants_body() const noexcept;

    async::Task<Answer> connect(ConnectInfo info, std::vector<Macro> macros);
    async::Task<Answer> helo(std::string name, std::vector<Macro> macros);
    /// `arguments`: "<reverse-path>", then the ESMTP parameters.
    async::Task<Answer> mail(std::vector<std::string> arguments, std::vector<Macro> macros);
    async::Task<Answer> rcpt(std::vector<std::string> arguments, std::vector<Macro> macros);
    async::Task<Answer> data(std::vector<Macro> macros);
    /// `value` as it stands behind the colon, folded by LF.
    async::Task<Answer> header(std::string_view name, std::string_view value);
    async::Task<Answer> end_of_header(std::vector<Macro> macros);
    /// At most kBodyChunk octets, CRLF line ends. `octets` live until the await ends.
    async::Task<Answer> body(std::string_view octets);
    async::Task<Outcome> end_of_message(std::vector<Macro> macros);
    /// The transaction is over without a message (RSET, or a refusal of our own).
    async::Task<void> abort();
    /// The session is over. Keeps the connection, or sends what goes at once; waits for nothing.
    void quit() noexcept;

  private:
    enum class State : std::uint8_t { closed, connected, in_message, unavailable };

    /// Runs `work`; the end of our own stream becomes `unavailable`.
    async::Task<Answer> guarded(async::Task<Answer> work);
    async::Task<Answer> begin();
    async::Task<Answer> open();
    [[nodiscard]] bool take_kept();
    [[nodiscard]] bool may_be_kept() const noexcept;
    async::Task<Answer> introduce();
    async::Task<Answer> begin_message(std::vector<std::string> arguments, std::vector<Macro> macros);
    async::Task<Answer> send_helo();
    async::Task<Answer> send(std::uint32_t unanswered);
    async::Task<Answer> send_now(std::uint32_t unanswered);
    async::Task<Answer> flush();
    async::Task<Answer> read_reply(std::uint32_t unanswered);
    async::Task<Answer> read_outcome(Outcome* outcome);
    async::Task<Packet> next_packet(async::Deadline deadline);
    void put_command(char what, std::string_view data);
    void put_arguments(char what, const std::vector<std::string>& arguments);
    void put_macros_of(char what, const std::vector<Macro>& macros);
    [[nodiscard]] bool put_step(std::uint32_t unwanted, char what, const std::vector<Macro>& macros);
    [[nodiscard]] bool take_negotiation(const Packet& packet);
    [[nodiscard]] bool negotiated(std::uint32_t bit) const noexcept { return (steps_ & bit) != 0; }
    [[nodiscard]] bool in_message() const noexcept { return state_ == State::in_message && !settled_; }
    [[nodiscard]] Answer standing() const;
    Answer settle(Answer answer);
    Answer lost(std::string why);

    Endpoint endpoint_;
    Settings settings_;
    Connections* kept_;
    std::unique_ptr<net::Stream> stream_;
    async::Deadline opened_{};
    State state_ = State::closed;
    std::uint32_t actions_ = 0;
    std::uint32_t steps_ = 0;
    bool skip_body_ = false;
    std::size_t packet_size_ = 0;        ///< of the packet last given, still in the stream's buffer
    std::optional<Answer> settled_;      ///< what it said of this message for good
    std::optional<Answer> settled_all_;  ///< of this connection
    std::uint32_t accepted_recipients_ = 0;
    ConnectInfo connect_info_;
    std::vector<Macro> connect_macros_;
    std::string helo_;
    std::vector<Macro> helo_macros_;
    std::string why_;  ///< State::unavailable
};

}  // namespace md::milter
