// mdpop3d/session.cc - the dialogue: AUTHORIZATION, TRANSACTION, UPDATE, and who may say what when; see session.h
//
// DIAGNOSTICS
//   Pop3CommandFailed (this machine's fault, with its cause), Pop3LoggedIn, Pop3Left, Pop3TooManyErrors, Pop3Foreign.

#include "mdpop3d/session.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "async/loop.h"
#include "base/strings.h"
#include "daemon/contain.h"
#include "log/counter.h"
#include "proto/foreign.h"

namespace md::mdpop3d {

using async::Task;
using async::Woken;
using pop3::Command;
using pop3::State;
using pop3::Verb;

namespace opt = config::opt;

namespace {

/// RFC 2449 §4: a command line after login has 255 octets at most. Before it, AUTH and PASS may be long.
constexpr std::size_t kLineLimit = 512;
/// Answers beyond this leave before the next command of a pipelined group is read.
constexpr std::size_t kUnsentLimit = 64 * 1024;
constexpr unsigned kCommandsInATurn = 64;

store::AccountName account_name(std::string_view account) {
    const auto at = account.rfind('@');
    if (at == std::string_view::npos) return {{}, std::string(account)};
    return {std::string(account.substr(at + 1)), std::string(account.substr(0, at))};
}

}  // namespace

Session::Session(Services& services, Connection connection)
    : services_(services),
      connection_(std::move(connection)),
      stream_(connection_.stream),
      reader_(stream_, (*services.config)[opt::limits_command_before_login]),
      config_(*services.config),
      login_deadline_(async::after(config_[opt::limits_login_timeout])) {}

Task<void> Session::serve() {
    reply("+OK " + config_[opt::hostname] + " ready");
    const bool logged_in = co_await authorize();
    if (logged_in) {
        const bool quit = co_await transact();
        if (quit) co_await update();
        connection_.log.event(Event::Pop3Left, account_, read_.size(), octets_sent_, quit ? deleted_.size() : 0);
    }
    const auto until = deadline();
    co_await stream_.flush(until);
}

/// AUTHORIZATION (RFC 1939 §4): true when a login succeeded, false when the client leaves or must.
Task<bool> Session::authorize() {
    while (account_.empty()) {
        const auto command = co_await next_command(State::authorization);
        if (!command) co_return false;
        switch (command->verb) {
            case Verb::quit: reply("+OK bye"); co_return false;
            case Verb::capa: reply_capabilities(State::authorization); break;
            case Verb::stls: co_await start_tls(); break;
            case Verb::user: user(command->text); break;
            case Verb::pass: co_await pass(std::string(command->text)); break;
            case Verb::utf8: reply("+OK UTF-8 it is"); break;
            case Verb::auth: co_await authenticate(std::string(command->text)); break;
            default: break;  // next_command() lets no other through
        }
        if (!account_.empty() && !maildrop_) co_await open_maildrop();
    }
    connection_.log.event(Event::Pop3LoggedIn, account_, maildrop_->items().size());
    reader_.set_limit(kLineLimit);
    co_return true;
}

Task<void> Session::open_maildrop() {
    const auto fault = co_await daemon::contain(take_maildrop());
    if (!fault && maildrop_) {
        connection_.entry.state = "transaction";
        reply("+OK " + std::to_string(maildrop_->items().size()) + " messages");
        co_return;
    }
    account_.clear();
    connection_.entry.leave();
    if (fault) {
        connection_.log.failure(Event::Pop3CommandFailed, pop3::name(Verb::pass), fault);
        reply("-ERR [SYS/TEMP] the mailbox cannot be opened now, try again later");
    } else {
        reply("-ERR [LOGIN-DELAY] you were here a short while ago, try again later");  // RFC 2449 §8.1.1
    }
}

/// The maildrop is a snapshot: numbers stay while the session lasts, whatever is delivered meanwhile (RFC 1939 §4), and
/// so it needs no lock: several sessions may have it, and what one removes the others can still read (doc/rfc.md).
/// None: the last login was too short a while ago.
Task<void> Session::take_maildrop() {
    pool_ = services_.pools.of(account_);
    const auto name = account_name(account_);
    auto open = [this, &name] {
        if (!store::may_visit(services_.store, name, config_[opt::pop3_login_delay])) return;
        maildrop_.emplace(services_.store, name);
    };
    co_await async::offload(pool_->jobs, open);
}

/// TRANSACTION (RFC 1939 §5): true at QUIT. A command that fails by this machine's fault fails alone.
Task<bool> Session::transact() {
    for (;;) {
        const auto command = co_await next_command(State::transaction);
        if (!command) co_return false;
        if (command->verb == Verb::quit) co_return true;
        const auto fault = co_await daemon::contain(run(*command));
        if (fault) {
            connection_.log.failure(Event::Pop3CommandFailed, pop3::name(command->verb), fault);
            if (mid_message_) co_return false;  // no reply can follow half a message
            reply("-ERR [SYS/TEMP] try again later");
        }
    }
}

/// UPDATE (RFC 1939 §6): on disk before "+OK", or nothing removed and said so.
Task<void> Session::update() {
    const auto fault = co_await daemon::contain(remove_deleted());
    if (fault) {
        connection_.log.failure(Event::Pop3CommandFailed, pop3::name(Verb::quit), fault);
        deleted_.clear();
        reply("-ERR [SYS/TEMP] some deleted messages are not removed");
        co_return;
    }
    reply("+OK bye");
}

Task<void> Session::remove_deleted() {
    auto work = [this] {
        std::set<std::uint32_t> kept;
        std::set_difference(read_.begin(), read_.end(), deleted_.begin(), deleted_.end(),
                            std::inserter(kept, kept.end()));
        if (!kept.empty()) maildrop_->mark_seen(kept);
        if (!deleted_.empty()) maildrop_->remove(deleted_);
    };
    co_await async::offload(pool_->jobs, work);
    log::count(Counter::messages_removed, deleted_.size());
}

/// The next command that may be given in `state`; what is wrong is answered here and counts. None: the session ends.
Task<std::optional<Command>> Session::next_command(State state) {
    for (;;) {
        if (closing_) co_return std::nullopt;
        if (static_cast<std::int64_t>(errors_) >= config_[opt::limits_errors]) {
            connection_.log.event(Event::Pop3TooManyErrors, errors_);
            reply("-ERR too many errors");
            co_return std::nullopt;
        }
        const bool here = co_await wait_for_line();
        if (!here) co_return std::nullopt;
        auto command = co_await read_command(state);
        if (command) co_return command;
    }
}

/// False: the session ends, and has been told why. Answers to a pipelined group leave together (RFC 2449 §6.6), and
/// others have their turn in a long one.
Task<bool> Session::wait_for_line() {
    reader_.release();
    const bool pipelined = stream_.buffered().find('\n') != std::string_view::npos;
    if (pipelined && ++unwaited_ % kCommandsInATurn != 0 && stream_.unsent() < kUnsentLimit &&
        !connection_.entry.ending().is_set())
        co_return true;
    if (pipelined) co_await async::yield();
    if (!pipelined) ahead_.pause();
    const auto until = deadline();
    const auto woken = co_await stream_.wait_input(connection_.entry.ending().point(), until);
    if (woken == Woken::first && !connection_.entry.ending().is_set()) co_return true;
    // RFC 1939 §3: an autologout says nothing and removes nothing.
    if (woken == Woken::timed_out) co_return false;
    reply(connection_.entry.killed() ? "-ERR [SYS/TEMP] an administrator ended this session"
                                     : "-ERR [SYS/TEMP] the server is going down, try again");
    co_return false;
}

/// One line as a command; none: it was answered.
Task<std::optional<Command>> Session::read_command(State state) {
    const auto until = deadline();
    const auto line = co_await reader_.read_line(until);
    if (line.too_long) {
        refuse("line too long");
        co_return std::nullopt;
    }
    if (state == State::authorization && proto::looks_foreign(line.text)) {
        connection_.log.event(Event::Pop3Foreign, printable(line.text, 40));
        reply("-ERR this is a mail server");
        closing_ = true;
        co_return std::nullopt;
    }
    ++connection_.entry.commands;
    const auto command = pop3::parse(line.text);
    if (!command) {
        refuse(command.error().text);
        co_return std::nullopt;
    }
    if (!pop3::allowed(command->verb, state)) {
        refuse(state == State::authorization ? "log in first" : "not after login");
        co_return std::nullopt;
    }
    co_return *command;
}

/// RFC 2595 §4: what was said before counts for nothing afterwards, and what came with the command ends the session.
Task<void> Session::start_tls() {
    if (!offers_tls()) {
        refuse(stream_.tls() ? "TLS is active already" : "STLS is not offered");
        co_return;
    }
    auto server = services_.tls();
    reader_.release();
    reply("+OK begin TLS");
    const auto until = deadline();
    co_await stream_.start_tls(std::move(server), until);
    user_.clear();
}

/// RFC 2449 §5. Logins are told where they are taken.
void Session::reply_capabilities(State state) {
    reply("+OK");
    reply("TOP");
    reply("UIDL");
    reply("UTF8");
    const auto& expire = config_[opt::pop3_expire];
    if (!expire.empty()) reply("EXPIRE " + upper(expire));
    const auto delay = std::chrono::duration_cast<std::chrono::seconds>(config_[opt::pop3_login_delay]).count();
    if (delay > 0) reply("LOGIN-DELAY " + std::to_string(delay));
    reply("RESP-CODES");
    reply("AUTH-RESP-CODE");
    reply("PIPELINING");
    if (state == State::authorization && offers_tls()) reply("STLS");
    if (state == State::authorization && password_is_safe() && connection_.listener.auth != config::Auth::off) {
        reply("USER");
        std::string mechanisms = "SASL";
        for (const auto& mechanism : sasl::mechanisms()) mechanisms.append(" ").append(mechanism.name);
        reply(mechanisms);
    }
    reply("IMPLEMENTATION mdmail");
    reply(".");
}

bool Session::offers_tls() const {
    return connection_.listener.tls == config::Tls::starttls && !stream_.tls() && services_.tls() != nullptr;
}

/// A login must be done by one moment; after it each silence has its own time.
async::Deadline Session::deadline() const {
    return maildrop_ ? async::after(config_[opt::pop3_idle_timeout]) : login_deadline_;
}

void Session::reply(std::string_view line) {
    stream_.put(line);
    stream_.put("\r\n");
}

void Session::refuse(std::string_view text) {
    ++errors_;
    stream_.put("-ERR ");
    reply(text);
}

}  // namespace md::mdpop3d
