// proto/smtp/command.h - one line of an SMTP or LMTP client as a command
//
// PURPOSE
//   parse_command() splits a line (line end already removed) into verb and argument; out_of_sequence() says whether the
//   verb may come now. What MAIL, RCPT carry is read by path.h and parameters.h. No I/O, no state.
// CONTRACT
//   Never throws but for memory. What cannot be read is a Reply fit for the client. Views point into the line, and die
//   with it. White space at the end of a line is tolerated (RFC 5321 §4.1.1).
// LIMITS
//   The reader bounds the line: RFC 5321 §4.5.3.1.4 (512 octets), more for parameters (RFC 1870, 3461, 4954), AUTH's
//   base64 12,288.
// RFC
//   5321 §4.1.1, §4.1.4; 2033 §4; 3207 §4; 4954 §4; 2920 §3.1; 3030 §2
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/result.h"
#include "proto/smtp/reply.h"

namespace md::smtp {

enum class Verb : std::uint8_t {
    helo,
    ehlo,
    lhlo,
    mail,
    rcpt,
    data,
    bdat,
    rset,
    noop,
    quit,
    vrfy,
    expn,
    help,
    starttls,
    auth,
    xclient
};

enum class Dialect : std::uint8_t { smtp, lmtp };

/// How far the dialogue is (RFC 5321 §4.1.4): nothing said, greeted, MAIL taken, at least one RCPT taken, a chunk taken
/// that was not the last (RFC 3030 §2), a message refused before its end: RSET is awaited.
enum class State : std::uint8_t { start, ready, mail, rcpt, chunks, failed };

struct Command {
    Verb verb = Verb::noop;
    std::string_view argument;  ///< without blanks at both ends
};

/// What the RFCs say of each verb, in one place: parser, sequence, HELP and the tests read this table.
struct VerbRule {
    enum class Argument : std::uint8_t { none, optional, required };

    std::string_view name;
    Verb verb;
    Argument argument;
    bool in_smtp;
    bool in_lmtp;
    State first;         ///< the states in which it may come: from this one ...
    State last;          ///< ... to this one
    bool last_in_group;  ///< the client must wait for the reply before it sends more (RFC 2920 §3.1, 3207 §4, 4954 §4)
    std::string_view form;  ///< how HELP and a refusal show it
};

inline constexpr std::array kVerbs{
    VerbRule{"HELO", Verb::helo, VerbRule::Argument::required, true, false, State::start, State::failed, true,
             "HELO domain"},
    VerbRule{"EHLO", Verb::ehlo, VerbRule::Argument::required, true, false, State::start, State::failed, true,
             "EHLO domain"},
    VerbRule{"LHLO", Verb::lhlo, VerbRule::Argument::required, false, true, State::start, State::failed, true,
             "LHLO domain"},
    VerbRule{"MAIL", Verb::mail, VerbRule::Argument::required, true, true, State::ready, State::ready, false,
             "MAIL FROM:<address> [parameters]"},
    VerbRule{"RCPT", Verb::rcpt, VerbRule::Argument::required, true, true, State::mail, State::rcpt, false,
             "RCPT TO:<address> [parameters]"},
    VerbRule{"DATA", Verb::data, VerbRule::Argument::none, true, true, State::rcpt, State::rcpt, true, "DATA"},
    VerbRule{"BDAT", Verb::bdat, VerbRule::Argument::optional, true, true, State::rcpt, State::chunks, false,
             "BDAT size [LAST]"},
    VerbRule{"RSET", Verb::rset, VerbRule::Argument::none, true, true, State::start, State::failed, false, "RSET"},
    VerbRule{"NOOP", Verb::noop, VerbRule::Argument::optional, true, true, State::start, State::failed, true, "NOOP"},
    VerbRule{"QUIT", Verb::quit, VerbRule::Argument::none, true, true, State::start, State::failed, true, "QUIT"},
    VerbRule{"VRFY", Verb::vrfy, VerbRule::Argument::required, true, true, State::start, State::failed, true,
             "VRFY address"},
    VerbRule{"EXPN", Verb::expn, VerbRule::Argument::required, true, true, State::start, State::failed, true,
             "EXPN list"},
    VerbRule{"HELP", Verb::help, VerbRule::Argument::optional, true, true, State::start, State::failed, true, "HELP"},
    VerbRule{"STARTTLS", Verb::starttls, VerbRule::Argument::none, true, true, State::ready, State::ready, true,
             "STARTTLS"},
    VerbRule{"AUTH", Verb::auth, VerbRule::Argument::required, true, true, State::ready, State::ready, true,
             "AUTH mechanism [initial-response]"},
    VerbRule{"XCLIENT", Verb::xclient, VerbRule::Argument::required, true, false, State::start, State::ready, true,
             "XCLIENT attribute=value ..."},
};

[[nodiscard]] const VerbRule& rule_of(Verb verb) noexcept;

[[nodiscard]] Result<Command, Reply> parse_command(std::string_view line, Dialect dialect);

/// The refusal of a verb that may not come in `state`; none if it may.
[[nodiscard]] std::optional<Reply> out_of_sequence(Verb verb, State state, Dialect dialect);

/// What is not recognised (RFC 5321 §4.2.4).
[[nodiscard]] Reply unknown_command();

/// "214" with the forms of all verbs of the dialect; XCLIENT is for those who know of it.
[[nodiscard]] Reply help_reply(Dialect dialect);

}  // namespace md::smtp
