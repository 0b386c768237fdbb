// mdimapd/session.cc - one session from end to end: greeting, dispatch, what is told after a command; see session.h
//
// DIAGNOSTICS
//   ImapLeft, ImapCommandFailed (this machine's fault, with its cause), ImapTooManyErrors, ImapForeign,
//   ImapMailboxGone.

#include "mdimapd/session.h"

#include <algorithm>
#include <string>
#include <utility>

#include "async/loop.h"
#include "base/strings.h"
#include "daemon/contain.h"
#include "mdimapd/folders.h"
#include "mdimapd/handlers.h"
#include "net/peer_closed.h"
#include "proto/foreign.h"

namespace md::mdimapd {

using async::Task;
using async::Woken;
using imap::Command;
using imap::Condition;
using imap::State;

namespace opt = config::opt;

namespace {

/// Beyond this what a command writes is sent before it goes on.
constexpr std::size_t kUnsentLimit = 32 * 1024;
/// After such a silence the client hears that the server is still at work.
constexpr async::Duration kSilence = std::chrono::seconds(10);
/// Likewise one that has closed its direction: if it is gone, the answer is a reset.
constexpr async::Duration kDoubt = std::chrono::seconds(1);

}  // namespace

Session::Session(Services& services, Connection connection)
    : services_(services),
      connection_(std::move(connection)),
      stream_(connection_.stream),
      config_(*services.config),
      assembler_(imap::AssemblerLimits()),
      login_deadline_(async::after(config_[opt::limits_login_timeout])) {
    set_limits();
}

Task<void> Session::serve() {
    imap::append_status(out_, "*", Condition::ok, "CAPABILITY " + imap::capabilities(situation()),
                        config_[opt::hostname] + " ready");
    while (!closing_) co_await one_command();
    deselect();
    co_await send();
    if (account_) connection_.log.event(Event::ImapLeft, account_name_);
}

/// A command that is whole: who may give it now, and what it means, decides the rest.
Task<void> Session::run_assembled() {
    const auto& head = assembler_.head();
    if (state_ == State::not_authenticated && proto::looks_foreign(head.text)) {
        connection_.log.event(Event::ImapForeign, printable(head.text, 40));
        bye("", "this is a mail server");
        co_return;
    }
    auto command = imap::parse(head);
    if (!command) {
        bad_syntax(command.error());
        co_return;
    }
    const auto misplacement = misplaced(imap::rule_of(command->verb));
    if (misplacement) {
        answer(*misplacement, command->tag);
        co_return;
    }
    co_await dispatch(*command);
}

std::optional<Reply> Session::misplaced(const imap::CommandRule& rule) const {
    if (imap::allowed(rule, state_)) return std::nullopt;
    if (state_ == State::not_authenticated) return Reply::bad("log in first");
    if (rule.states == imap::kNotAuthenticated) return Reply::bad("not after login");
    return Reply::bad("select a mailbox first");
}

Task<void> Session::dispatch(Command& command) {
    // A handler may ask the client for more, and with that the command's own text is gone.
    const std::string tag(command.tag);
    ++connection_.entry.commands;
    last_word_ = async::Loop::current().now();
    const bool may_expunge = imap::may_tell_expunge(command);
    const auto name = imap::rule_of(command.verb).name;
    auto reply = Reply::ok("done");
    const auto fault = co_await daemon::contain(handle(command, &reply));
    if (fault) {
        const bool gone = is_gone(fault);
        if (!gone) connection_.log.failure(Event::ImapCommandFailed, name, fault);
        if (drop_response()) {
            closing_ = true;
            co_return;
        }
        reply = gone ? Reply::no("NONEXISTENT", "the mailbox was removed")
                     : Reply::no("SERVERBUG", "internal error, the log of the server has more");
    }
    co_await tell_changes(may_expunge);
    tell_modseq(reply);
    answer(reply, tag);
    if (tls_due_) co_await start_tls();
    if (compression_due_) co_await start_compression();
}

/// Nothing was said yet that could count after it: there is no account, and no half command (RFC 3501 §6.2.1).
Task<void> Session::start_tls() {
    tls_due_ = false;
    auto server = services_.tls();
    push();
    const auto until = deadline();
    co_await stream_.start_tls(std::move(server), until);
}

Task<void> Session::start_compression() {
    compression_due_ = false;
    push();
    const auto until = deadline();
    co_await stream_.start_compression(until);
}

Task<void> Session::handle(Command& command, Reply* reply) {
    const auto run = handler_of(command.verb);
    auto result = co_await run(*this, command);
    *reply = std::move(result);
}

/// What happened in the mailbox meanwhile, before the tagged line (RFC 3501 §5.2, §7).
Task<void> Session::tell_changes(bool may_expunge) {
    if (!selected_ || closing_) co_return;
    const auto expunges = may_expunge ? store::Expunges::tell : store::Expunges::withhold;
    const auto fault = co_await daemon::contain(tell(expunges));
    if (fault) connection_.log.failure(Event::ImapCommandFailed, "look", fault);
}

Task<void> Session::tell(store::Expunges expunges) {
    const bool there = co_await selected_->tell(expunges, dialect_, out_);
    if (there) co_return;
    connection_.log.event(Event::ImapMailboxGone, account_name_);
    bye("", "the mailbox was removed or made anew");
}

/// RFC 7162 §3.2.7 wants it in the tagged OK, where there is room for it.
void Session::tell_modseq(Reply& reply) {
    if (!selected_) return;
    const auto highest = selected_->take_due_modseq();
    if (!highest) return;
    const auto code = "HIGHESTMODSEQ " + std::to_string(*highest);
    if (!reply.take_code(code)) imap::append_status(out_, "*", Condition::ok, code, "highest");
}

void Session::answer(const Reply& reply, std::string_view tag) {
    reply.append_to(out_, tag);
    if (reply.is_ok() && account_) errors_ = 0;
    if (!reply.is_bad()) return;
    if (static_cast<std::int64_t>(++errors_) < config_[opt::limits_errors]) return;
    connection_.log.event(Event::ImapTooManyErrors, errors_);
    bye("", "too many errors");
}

void Session::bad_syntax(const imap::SyntaxError& error) {
    answer(Reply::bad(error.text), error.tag);
}

void Session::bye(std::string_view code, std::string_view text) {
    imap::append_status(out_, "*", Condition::bye, code, text);
    closing_ = true;
}

imap::Situation Session::situation() const {
    const auto& listener = connection_.listener;
    imap::Situation now;
    now.state = state_;
    now.encrypted = stream_.tls();
    now.starttls_offered = listener.tls == config::Tls::starttls && services_.tls() != nullptr;
    now.compressed = stream_.compressed();
    const bool safe = stream_.tls() || config_.cleartext_allowed(stream_.peer().ip());
    now.may_log_in = safe && listener.auth != config::Auth::off;
    // RFC 7889 §5: a number, which has 32 bits.
    now.append_limit = std::min<std::uint64_t>(config_[opt::imap_append_limit], UINT32_MAX);
    return now;
}

/// A login must be done by one moment; after it each silence has its own time.
async::Deadline Session::deadline() const {
    return account_ ? async::after(config_[opt::imap_idle_timeout]) : login_deadline_;
}

void Session::logged_in(std::string name, std::shared_ptr<store::Account> account,
                        std::shared_ptr<daemon::AccountPool> pool) {
    account_name_ = std::move(name);
    account_ = std::move(account);
    account_pool_ = std::move(pool);
    state_ = State::authenticated;
    set_limits();
}

bool Session::count_failed_login() {
    return static_cast<std::int64_t>(++auth_failures_) < config_[opt::limits_auth_failures];
}

void Session::enable(Feature feature) {
    if (feature == Feature::qresync) dialect_.qresync = true;
    if (std::exchange(dialect_.condstore, true) || !selected_) return;
    imap::append_status(out_, "*", Condition::ok, "HIGHESTMODSEQ " + std::to_string(selected_->view().highest_modseq()),
                        "highest");
}

bool Session::enabled(Feature feature) const noexcept {
    return feature == Feature::qresync ? dialect_.qresync : dialect_.condstore;
}

void Session::select(std::unique_ptr<Selected> selected) {
    selected_ = std::move(selected);
    state_ = State::selected;
    connection_.entry.state = "selected";
}

void Session::deselect() noexcept {
    selected_.reset();
    if (state_ != State::selected) return;
    state_ = State::authenticated;
    connection_.entry.state = "authenticated";
    connection_.entry.mailbox.clear();
}

void Session::push() {
    stream_.put(out_);
    out_.clear();
    if (response_open_) response_cut_ = true;
}

Task<void> Session::send() {
    push();
    const auto until = deadline();
    co_await stream_.flush(until);
    last_word_ = async::Loop::current().now();
}

Task<void> Session::relieve() {
    if (out_.size() >= kUnsentLimit) co_await send();
}

Task<void> Session::stay() {
    if (connection_.entry.ending().is_set()) {
        say_goodbye(Woken::second);
        push();
        stream_.close();
        const auto until = deadline();
        co_await stream_.fill(until);  // throws: the stream is over
    }
    const auto now = async::Loop::current().now();
    if (now - last_word_ < (net::peer_has_closed(stream_) ? kDoubt : kSilence)) co_return;
    last_word_ = now;
    imap::append_status(out_, "*", Condition::ok, "", "still at it");
    co_await send();
}

void Session::begin_response() noexcept {
    response_start_ = out_.size();
    response_open_ = true;
    response_cut_ = false;
}

/// Takes back a response that its handler left unfinished. True: a part of it is on the wire already.
bool Session::drop_response() noexcept {
    if (!response_open_) return false;
    out_.resize(response_cut_ ? 0 : response_start_);
    response_open_ = false;
    return response_cut_;
}

}  // namespace md::mdimapd
