// proto/pop3/command.h - one line of a POP3 client as a command
//
// PURPOSE
//   parse() turns a line (CRLF already removed) into a Command. Nothing else: no I/O, no state, no allocation.
// CONTRACT
//   Never throws. What cannot be read is a SyntaxError whose text is fit for the client.
//   Views in a Command point into the line, and die with it.
// LIMITS
//   The reader bounds the line (RFC 2449 §4: 255 octets; AUTH's initial response and continuation: more).
// RFC
//   1939 all; 2449 §6 (CAPA); 2595 §4 (STLS); 5034 (AUTH); 6856 §2 (UTF8)
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/result.h"

namespace md::pop3 {

enum class Verb : std::uint8_t {
    auth,
    capa,
    dele,
    list,
    noop,
    pass,
    quit,
    retr,
    rset,
    stat,
    stls,
    top,
    uidl,
    user,
    utf8
};

/// RFC 1939 §3; UPDATE is not a state in which a client can speak.
enum class State : std::uint8_t { authorization, transaction };

struct Command {
    Verb verb = Verb::noop;
    std::optional<std::uint32_t> message;  ///< message number from 1; none: the whole maildrop (LIST, UIDL)
    std::uint32_t lines = 0;               ///< TOP: lines of body wanted
    std::string_view text;                 ///< USER, PASS, AUTH: the argument, octets as sent
};

struct SyntaxError {
    std::string_view text;  ///< after "-ERR ", without a response code
};

/// What RFC and policy say of each verb, in one place: parser, dispatch, CAPA and the tests all read this table.
struct VerbRule {
    enum class Argument : std::uint8_t { none, text, optional_text, message, optional_message, message_and_lines };

    std::string_view name;
    Verb verb;
    Argument argument;
    bool in_authorization;
    bool in_transaction;
    std::string_view capability;  ///< how CAPA tells of it; empty: RFC 1939's own, not told
};

inline constexpr std::array kVerbs{
    VerbRule{"AUTH", Verb::auth, VerbRule::Argument::optional_text, true, false, "SASL"},
    VerbRule{"CAPA", Verb::capa, VerbRule::Argument::none, true, true, ""},
    VerbRule{"DELE", Verb::dele, VerbRule::Argument::message, false, true, ""},
    VerbRule{"LIST", Verb::list, VerbRule::Argument::optional_message, false, true, ""},
    VerbRule{"NOOP", Verb::noop, VerbRule::Argument::none, false, true, ""},
    VerbRule{"PASS", Verb::pass, VerbRule::Argument::text, true, false, ""},
    VerbRule{"QUIT", Verb::quit, VerbRule::Argument::none, true, true, ""},
    VerbRule{"RETR", Verb::retr, VerbRule::Argument::message, false, true, ""},
    VerbRule{"RSET", Verb::rset, VerbRule::Argument::none, false, true, ""},
    VerbRule{"STAT", Verb::stat, VerbRule::Argument::none, false, true, ""},
    VerbRule{"STLS", Verb::stls, VerbRule::Argument::none, true, false, "STLS"},
    VerbRule{"TOP", Verb::top, VerbRule::Argument::message_and_lines, false, true, "TOP"},
    VerbRule{"UIDL", Verb::uidl, VerbRule::Argument::optional_message, false, true, "UIDL"},
    VerbRule{"USER", Verb::user, VerbRule::Argument::text, true, false, "USER"},
    VerbRule{"UTF8", Verb::utf8, VerbRule::Argument::none, true, false, "UTF8"},
};

[[nodiscard]] Result<Command, SyntaxError> parse(std::string_view line) noexcept;

/// RFC 1939 §4, §5: may this verb come in that state?
[[nodiscard]] bool allowed(Verb verb, State state) noexcept;
[[nodiscard]] std::string_view name(Verb verb) noexcept;

}  // namespace md::pop3
