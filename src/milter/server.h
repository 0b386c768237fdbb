// milter/server.h - our side of the conversation with one MTA: the milter protocol as a session of steps
//
// PURPOSE
//   serve() reads what the MTA sends, hands each step to a Filter, and sends back what the Filter says, as far as it
//   was negotiated. A Filter is one object a connection; its members are coroutines, so it may ask others before it
//   answers. An MTA that keeps the connection for its next client (SMFIC_QUIT_NC) begins again behind the negotiation.
// CONTRACT
//   Returns when the MTA says that it is done, or breaks the protocol (the reason is given); throws net::Disconnected
//   of `stream`. The Filter sees a correct order: connect once, then helo, then mail, rcpt..., data, headers, end of
//   header, body, end of message. message_over() ends every message that on_mail began, however it ends. A step out of
//   order is a fault of the protocol. Answers to steps that the MTA did not agree to wait for are kept and given at the
//   next that it waits for. Every limit is kept before memory is taken.
// RFC
//   none; see proto/milter/packet.h
#pragma once

#include <chrono>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "async/task.h"
#include "milter/outcome.h"
#include "net/stream.h"

namespace md::milter {

/// What the MTA told by macros, newest last to win: "{auth_authen}", "i", "j". Those of a message end with it.
class MacroTable {
  public:
    void set(char for_command, std::vector<Macro> macros);
    void forget_message();
    /// Empty: not told. Braces as the MTA writes them.
    [[nodiscard]] std::string_view find(std::string_view name) const noexcept;

  private:
    std::map<char, std::map<std::string, std::string, std::less<>>> by_command_;
};

class Filter {
  public:
    virtual ~Filter() = default;
    Filter() = default;
    Filter(const Filter&) = delete;
    Filter& operator=(const Filter&) = delete;

    /// Told once, before all: verdicts by recipient may be given.
    virtual void on_negotiated(bool verdicts) = 0;
    virtual async::Task<Answer> on_connect(ConnectInfo info, const MacroTable& macros) = 0;
    virtual async::Task<Answer> on_helo(std::string name, const MacroTable& macros) = 0;
    /// `arguments`: the path with its brackets, then ESMTP parameters.
    virtual async::Task<Answer> on_mail(std::vector<std::string> arguments, const MacroTable& macros) = 0;
    virtual async::Task<Answer> on_rcpt(std::vector<std::string> arguments, const MacroTable& macros) = 0;
    virtual async::Task<Answer> on_data(const MacroTable& macros) = 0;
    /// `value` as it stands behind the colon, folded by LF. Both live until the await ends.
    virtual async::Task<Answer> on_header(std::string_view name, std::string_view value) = 0;
    virtual async::Task<Answer> on_end_of_header(const MacroTable& macros) = 0;
    virtual async::Task<Answer> on_body(std::string_view octets) = 0;
    virtual async::Task<Outcome> on_end_of_message(const MacroTable& macros) = 0;
    virtual void message_over() = 0;
    /// Behind message_over(): on_connect tells of another client next.
    virtual void client_over() = 0;
};

struct ServerSettings {
    /// Each step is answered when it comes, so that a refusal is told at the step that it is for; else the MTA waits
    /// for as few as can be.
    bool answer_each_step = false;
    bool answer_mail = true;      ///< false: the Filter decides nothing at MAIL, and the MTA need not wait there
    bool offer_verdicts = false;  ///< our extensions: mdfilterd's own socket alone
    std::uint32_t actions = 0;    ///< what the Filter may ask for (action::)
    bool wants_body = true;       ///< false: an MTA that can keeps the body to itself
    std::chrono::milliseconds idle_timeout{7'200'000};
    std::chrono::milliseconds write_timeout{60'000};
    std::chrono::milliseconds progress_interval{
        10'000};  ///< how often an MTA that waits for the end's reply is told to go on waiting
    std::size_t max_recipients = 100'000;
    std::size_t max_macro_bytes = 256U << 10;  ///< of one command
};

enum class ServerEnd : std::uint8_t {
    quit,         ///< in good order
    malformed,    ///< no packet, or not in its form
    unknown,      ///< a command that there is not, or that was not agreed
    order,        ///< a step that may not come now
    negotiation,  ///< a version or options that we cannot serve
    limit,
};
[[nodiscard]] std::string_view name(ServerEnd end) noexcept;

async::Task<ServerEnd> serve(net::Stream& stream, Filter& filter, ServerSettings settings);

}  // namespace md::milter
