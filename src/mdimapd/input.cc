// mdimapd/input.cc - octets of the client to commands, and what may become of a literal; see session.h
//
// CONTRACT
//   Before login a command has limits.command_before_login octets in all, its literals included; after it
//   imap.command_size. A message that is appended counts in neither and never stands in memory.

#include <limits>

#include "async/loop.h"
#include "mdimapd/session.h"

namespace md::mdimapd {

using async::Task;
using async::Woken;
using imap::Assembler;

namespace opt = config::opt;

namespace {

constexpr std::size_t kLiteralLimit = 1024;

}  // namespace

void Session::set_limits() {
    imap::AssemblerLimits limits;
    // A client with LITERAL+ sends without asking; what is too much is read and dropped up to a bound, so that it can
    // be told.
    limits.non_synchronising = std::numeric_limits<std::uint64_t>::max();
    if (state_ == imap::State::not_authenticated) {
        limits.command = config_[opt::limits_command_before_login];
    } else {
        limits.command = config_[opt::imap_command_size];
        limits.literals = kLiteralLimit;
        limits.binary = true;
        limits.discard = config_[opt::imap_append_limit] + config_[opt::imap_command_size];
    }
    limits.line = limits.command;
    assembler_.set_limits(limits);
}

Assembler::Event Session::feed() {
    const auto step = assembler_.feed(stream_.buffered());
    stream_.consume(step.consumed);
    return step.event;
}

/// Reads one command to its end, and answers it.
Task<void> Session::one_command() {
    for (;;) {
        if (closing_) co_return;
        switch (feed()) {
            case Assembler::Event::need_more: co_await more_input(); break;
            case Assembler::Event::literal: co_await decide_literal(); break;
            case Assembler::Event::command:
                if (!answered_) co_await run_assembled();
                answered_ = false;
                assembler_.next_command();
                co_return;
            case Assembler::Event::refused:
                if (!answered_) answer_refused();
                answered_ = false;
                assembler_.next_command();
                co_return;
            case Assembler::Event::flood: bye("LIMIT", "too much data"); co_return;
        }
    }
}

Task<bool> Session::more_input() {
    push();
    const auto until = deadline();
    const auto woken = co_await stream_.wait_input(connection_.entry.ending().point(), until);
    say_goodbye(woken);
    co_return woken == Woken::first;
}

void Session::say_goodbye(Woken woken) {
    if (woken == Woken::second) {
        const bool killed = connection_.entry.killed();
        bye(killed ? "ALERT" : "UNAVAILABLE",
            killed ? "an administrator ended this session" : "the server is going down");
    }
    if (woken == Woken::timed_out) bye("", "autologout, you were silent for too long");
}

/// What a literal is part of decides: an argument is collected, a message is the handler's of APPEND, and what is wrong
/// already is refused before the client sends it.
Task<void> Session::decide_literal() {
    auto plan = imap::plan_literal(assembler_.head());
    if (auto* command = std::get_if<imap::Command>(&plan)) {
        answered_ = true;
        const auto misplacement = misplaced(imap::rule_of(command->verb));
        if (misplacement) {
            assembler_.refuse_literal();
            answer(*misplacement, command->tag);
        } else {
            co_await dispatch(*command);
        }
        co_return;
    }
    if (const auto* error = std::get_if<imap::SyntaxError>(&plan)) {
        answered_ = true;
        bad_syntax(*error);
        assembler_.refuse_literal();
        co_return;
    }
    const bool ask = assembler_.collect_literal();
    if (ask) imap::append_continuation(out_, "go on");
}

void Session::answer_refused() {
    const auto tag = std::string(imap::tag_of(assembler_.head()));
    switch (assembler_.refusal()) {
        case Assembler::Refusal::line_too_long:
        case Assembler::Refusal::command_too_long: answer(Reply::bad("command too long"), tag); break;
        case Assembler::Refusal::literal_not_offered:
            answer(Reply::bad("literals of this kind are not taken"), tag);
            break;
        case Assembler::Refusal::by_caller: break;
    }
}

Task<std::optional<std::string>> Session::read_answer() {
    assembler_.expect_line();
    for (;;) {
        switch (feed()) {
            case Assembler::Event::need_more: {
                const bool more = co_await more_input();
                if (!more) co_return std::nullopt;
                break;
            }
            case Assembler::Event::command: co_return std::string(assembler_.head().text);
            case Assembler::Event::flood: bye("LIMIT", "too much data"); co_return std::nullopt;
            default: co_return std::nullopt;
        }
    }
}

}  // namespace md::mdimapd
