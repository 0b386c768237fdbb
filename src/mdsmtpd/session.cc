// mdsmtpd/session.cc - the dialogue: greeting, EHLO, STARTTLS, and who may say what when; see session.h
//
// DIAGNOSTICS
//   SmtpLocalUser, SmtpCommandFailed (this machine's fault, with its cause), SmtpTooManyErrors, SmtpForeign,
//   SmtpEarlyTalker.

#include "mdsmtpd/session.h"

#include <algorithm>
#include <utility>

#include "async/loop.h"
#include "base/strings.h"
#include "daemon/contain.h"
#include "dns/reverse_name.h"
#include "mail/address.h"
#include "mdsmtpd/filter_reply.h"
#include "proto/foreign.h"

namespace md::mdsmtpd {

using async::Task;
using async::Woken;
using config::Protocol;
using mail::Status;
using smtp::Command;
using smtp::Dialect;
using smtp::Reply;
using smtp::State;
using smtp::Verb;

namespace opt = config::opt;

namespace {

bool in_networks(const std::vector<Network>& networks, const IpAddress& ip) {
    return std::any_of(networks.begin(), networks.end(), [&ip](const auto& network) { return network.contains(ip); });
}

}  // namespace

Session::Session(Services& services, Connection connection)
    : services_(services),
      connection_(std::move(connection)),
      stream_(connection_.stream),
      reader_(stream_, (*services.config)[opt::smtp_line_length]),
      config_(*services.config),
      dialect_(connection_.listener.protocol == Protocol::lmtp ? Dialect::lmtp : Dialect::smtp),
      filter_(make_filter()),
      may_say_xclient_(dialect_ == Dialect::smtp && !client_ip().empty() &&
                       in_networks(config_[opt::smtp_xclient_hosts], stream_.peer().ip())),
      login_deadline_(async::after(config_[opt::limits_login_timeout])) {
    find_relays();
}

milter::Chain Session::make_filter() const {
    return {services_.filters, milter::Settings{.step_timeout = config_[opt::filter_timeout]},
            services_.filter_connections};
}

void Session::find_relays() {
    relays_.clear();
    if (connection_.listener.protocol != Protocol::smtp) return;
    for (const auto& relay : config_.relays())
        if (in_networks(relay.networks, stream_.peer().ip())) relays_.push_back(&relay);
}

Task<void> Session::serve() {
    if (const auto& user = connection_.user)
        connection_.log.event(Event::SmtpLocalUser, user->name, user->uid, user->pid);
    const auto waited = co_await awaits_greeting();
    bool welcome = false;
    if (waited) welcome = co_await greet();
    while (welcome && !closing_) {
        const auto next = co_await one_command();
        if (next == Next::close) break;
    }
    filter_.quit();
    const auto deadline = command_deadline();
    co_await stream_.flush(deadline);
}

/// RFC 5321 §3.1: a client waits for the greeting. False: it did not, and was told so.
Task<bool> Session::awaits_greeting() {
    const auto delay = config_[opt::smtp_greet_delay];
    const bool stranger = connection_.listener.protocol == Protocol::smtp && relays_.empty() && !is_trusted();
    if (delay.count() == 0 || !stranger) co_return true;
    const auto deadline = async::after(delay);
    const auto woken = co_await stream_.wait_input(connection_.entry.ending().point(), deadline);
    if (woken != Woken::first) co_return true;
    connection_.log.event(Event::SmtpEarlyTalker, client_ip());
    reply(Reply(554, Status{5, 5, 1}, config_[opt::hostname] + " you talk before you are greeted"));
    co_return false;
}

/// For the filter, which hears of the client first. What cannot be asked is not known, and held against nobody.
Task<void> Session::find_client_name() {
    const auto patience = config_[opt::smtp_reverse_lookup];
    const auto ip = stream_.peer().ip();
    const bool stranger = connection_.listener.protocol == Protocol::smtp && !client_ip().empty() && !ip.loopback();
    if (services_.resolver == nullptr || patience.count() == 0 || !stranger || !client_name_.empty()) co_return;
    const auto deadline = async::after(patience);
    auto name = co_await dns::confirmed_name(*services_.resolver, ip, deadline);
    if (name) client_name_ = std::move(*name);
}

/// RFC 5321 §3.1. A filter may refuse the client as such, who is then awaited to say QUIT.
Task<bool> Session::greet() {
    co_await find_client_name();
    auto info = filter_connect_info();
    auto macros = filter_macros();
    const auto answer = co_await filter_.connect(std::move(info), std::move(macros));
    if (answer.kind == milter::Answer::Kind::reject) {
        turned_away_ = true;
        reply(Reply(554, config_[opt::hostname] + " no service for you"));
        co_return true;
    }
    if (answer.kind == milter::Answer::Kind::temp_fail) {
        reply(Reply(421, Status{4, 7, 0}, config_[opt::hostname] + " no service for you now, try again later"));
        co_return false;
    }
    const auto at_once = async::Loop::current().now();
    const auto early = co_await stream_.wait_input(connection_.entry.ending().point(), at_once);
    if (early == Woken::first) co_await note(policy::Occasion::early_talk);
    if (connection_.listener.protocol == Protocol::smtp) co_await note(policy::Occasion::greeting);
    if (closing_) co_return false;
    reply(Reply(220, config_[opt::hostname] + (dialect_ == Dialect::lmtp ? " LMTP" : " ESMTP")));
    co_return true;
}

/// False: the session is to end, and has been told so.
Task<bool> Session::wait_for_command(async::Deadline deadline) {
    const auto woken = co_await stream_.wait_input(connection_.entry.ending().point(), deadline);
    if (woken == Woken::second)
        reply(Reply(421, Status{4, 3, 2},
                    config_[opt::hostname] + (connection_.entry.killed() ? " an administrator ended this session"
                                                                         : " service is going down, try again")));
    if (woken == Woken::timed_out) reply(Reply(421, Status{4, 4, 2}, config_[opt::hostname] + " timeout, closing"));
    co_return woken == Woken::first;
}

Task<Session::Next> Session::one_command() {
    reader_.release();
    const auto deadline = command_deadline();
    // RFC 2920 §3.2: the replies of a group leave together, at the latest when all that has come is read.
    const bool in_group = std::exchange(in_group_, false) && !stream_.buffered().empty();
    if (!in_group) {
        const bool here = co_await wait_for_command(deadline);
        if (!here) co_return Next::close;
    }
    const auto line = co_await reader_.read_line(deadline);
    if (line.too_long) {
        refuse(Reply(500, Status{5, 5, 2}, "line too long"));
        co_await note(policy::Occasion::junk_command);
    } else if (proto::looks_foreign(line.text)) {
        connection_.log.event(Event::SmtpForeign, printable(line.text, 40));
        reply(Reply(554, Status{5, 5, 1}, "this is a mail server"));
        co_return Next::close;
    } else {
        const auto command = smtp::parse_command(line.text, dialect_);
        if (!command) {
            refuse(command.error());
            co_await note(policy::Occasion::junk_command);
            // How many octets of a message follow cannot be known (RFC 3030 §2).
            if (starts_with_nocase(line.text, "BDAT")) {
                reply(Reply(421, Status{4, 7, 0}, config_[opt::hostname] + " closing"));
                co_return Next::close;
            }
        } else {
            const auto next = co_await dispatch(*command);
            if (next == Next::close) co_return next;
        }
    }
    if (static_cast<std::int64_t>(errors_) >= config_[opt::limits_errors]) {
        connection_.log.event(Event::SmtpTooManyErrors, errors_);
        reply(Reply(421, Status{4, 7, 0}, config_[opt::hostname] + " too many errors"));
        co_return Next::close;
    }
    co_return Next::command;
}

/// Checks the order of commands, runs one, and answers 451 for what is this machine's fault.
Task<Session::Next> Session::dispatch(Command command) {
    auto misplaced = smtp::out_of_sequence(command.verb, state_, dialect_);
    if (command.verb == Verb::xclient && !may_say_xclient_) misplaced = smtp::unknown_command();
    if (command.verb == Verb::bdat) misplaced.reset();  // bdat() says so, behind the chunk
    if (turned_away_ && command.verb != Verb::bdat && command.verb != Verb::quit)
        misplaced = Reply(503, Status{5, 5, 1}, "no service for you");
    if (misplaced) {
        refuse(*misplaced);
        co_await note(policy::Occasion::junk_command);
        co_return closing_ ? Next::close : Next::command;
    }
    if (command.verb == Verb::quit) {
        reply(Reply(221, Status{2, 0, 0}, config_[opt::hostname] + " closing"));
        co_return Next::close;
    }
    // Commands behind one that the client must wait for were not meant for us, or meant to deceive (RFC 2920 §3.1;
    // threats: smuggling).
    const bool must_wait = command.verb == Verb::data || command.verb == Verb::ehlo || command.verb == Verb::helo ||
                           command.verb == Verb::lhlo || command.verb == Verb::auth || command.verb == Verb::xclient;
    const bool starts_tls = command.verb == Verb::starttls;
    const bool whole_script = connection_.user.has_value();  // "sendmail -bs <script"; nobody else speaks there
    const auto end_of_line = stream_.buffered().find('\n');
    if (must_wait && !whole_script && end_of_line + 1 < stream_.buffered().size()) {
        co_await note(policy::Occasion::early_talk);
        refuse(Reply(503, Status{5, 5, 1}, "wait for the reply before you go on"));
        reply(Reply(421, Status{4, 7, 0}, config_[opt::hostname] + " closing"));
        co_return Next::close;
    }
    if (starts_tls) reader_.release();
    in_group_ = !smtp::rule_of(command.verb).last_in_group;
    const auto fault = co_await daemon::contain(run(command));
    if (fault) {
        connection_.log.failure(Event::SmtpCommandFailed, smtp::rule_of(command.verb).name, fault);
        reply(Reply(451, Status{4, 3, 0}, "local error, try again later"));
        co_await reset();
        // The rest of a message must not be read as commands.
        if (command.verb == Verb::data || command.verb == Verb::bdat)
            reply(Reply(421, Status{4, 3, 0}, config_[opt::hostname] + " closing"));
    }
    co_return closing_ ? Next::close : Next::command;
}

Task<void> Session::run(Command command) {
    const std::string_view argument = command.argument;
    switch (command.verb) {
        case Verb::ehlo:
        case Verb::helo:
        case Verb::lhlo: co_await hello(command); break;
        case Verb::starttls: co_await start_tls(); break;
        case Verb::auth: co_await authenticate(argument); break;
        case Verb::mail: co_await mail(argument); break;
        case Verb::rcpt: co_await rcpt(argument); break;
        case Verb::data: co_await data(); break;
        case Verb::bdat: co_await bdat(argument); break;
        case Verb::rset:
            co_await reset();
            reply(Reply(250, Status{2, 0, 0}, "reset"));
            break;
        case Verb::xclient: co_await xclient(argument); break;
        case Verb::noop: reply(Reply(250, Status{2, 0, 0}, "ok")); break;
        case Verb::vrfy: reply(Reply(252, Status{2, 5, 0}, "send a message and see")); break;  // RFC 5321 §7.3
        case Verb::expn: refuse(Reply(502, Status{5, 7, 0}, "lists are not shown")); break;
        case Verb::help: reply(smtp::help_reply(dialect_)); break;
        case Verb::quit: break;  // dispatch() has answered it
    }
}

/// EHLO, HELO and LHLO (RFC 5321 §4.1.1.1): a new beginning.
Task<void> Session::hello(Command command) {
    if (!mail::is_domain(command.argument) && !mail::is_address_literal(command.argument)) {
        refuse(Reply(501, Status{5, 5, 4}, "a host name or an address literal is expected"));
        co_return;
    }
    std::string name(told_helo_.empty() ? command.argument : std::string_view(told_helo_));
    co_await reset();
    auto macros = filter_macros();
    const auto answer = co_await filter_.helo(name, std::move(macros));
    if (answer.kind == milter::Answer::Kind::reject || answer.kind == milter::Answer::Kind::temp_fail) {
        refuse(filter_reply(answer, Reply(550, Status{5, 7, 1}, "refused")));
        co_return;
    }
    helo_ = std::move(name);
    extended_ = command.verb != Verb::helo;
    state_ = State::ready;
    if (!extended_) {
        reply(Reply(250, config_[opt::hostname]));
    } else {
        reply(smtp::ehlo_reply(config_[opt::hostname], told_offer()));
    }
}

smtp::Offer Session::offer() const {
    using smtp::Extension;
    const auto& listener = connection_.listener;
    smtp::Offer offered;
    offered.add(Extension::pipelining).add(Extension::size).add(Extension::eight_bit_mime).add(Extension::dsn);
    offered.add(Extension::chunking).add(Extension::binary_mime).add(Extension::smtputf8).add(Extension::limits);
    offered.add(Extension::enhanced_status_codes);
    if (dialect_ == Dialect::smtp) offered.add(Extension::prdr);  // LMTP does so anyway
    offered.bare_names = connection_.user.has_value();
    if (listener.tls == config::Tls::starttls && !stream_.tls() && !passed_on_ && services_.tls())
        offered.add(Extension::starttls);
    if (may_say_xclient_) offered.add(Extension::xclient);
    // After a login too: AUTH= of MAIL is a parameter of this extension (RFC 4954 §5).
    if (listener.auth != config::Auth::off && password_is_safe()) offered.add(Extension::auth);
    return offered;
}

/// With what EHLO says beside the keywords.
smtp::Offer Session::told_offer() const {
    auto offered = offer();
    offered.size_limit = config_[opt::smtp_max_message_size];
    if (offered.has(smtp::Extension::auth))
        for (const auto& mechanism : sasl::mechanisms()) offered.mechanisms.emplace_back(mechanism.name);
    const auto tell = [&offered](const char* name, std::int64_t limit) {
        if (limit > 0) offered.limits.push_back(name + std::to_string(limit));
    };
    tell("MAILMAX=", config_[opt::smtp_max_messages]);
    tell("RCPTMAX=", config_[opt::smtp_max_recipients]);
    tell("RCPTDOMAINMAX=", config_[opt::smtp_max_recipient_domains]);
    return offered;
}

/// RFC 3207: whatever was said before counts for nothing afterwards.
Task<void> Session::start_tls() {
    if (passed_on_) {  // what was said in the clear must not count behind TLS
        refuse(Reply(503, Status{5, 5, 1}, "not behind XCLIENT"));
        co_return;
    }
    if (!offer().has(smtp::Extension::starttls)) {
        refuse(Reply(502, Status{5, 5, 1}, stream_.tls() ? "TLS is active already" : "STARTTLS is not offered"));
        co_return;
    }
    reply(Reply(220, Status{2, 0, 0}, "go ahead"));
    const auto deadline = command_deadline();
    co_await stream_.start_tls(services_.tls(), deadline);
    co_await reset();
    forget_dialogue();
}

void Session::forget_dialogue() {
    state_ = State::start;
    helo_.clear();
    extended_ = false;
    account_ = told_login_;
}

/// Who must log in has that long in all; else each command has its own time.
async::Deadline Session::command_deadline() const {
    const auto deadline = async::after(config_[opt::smtp_command_timeout]);
    const bool must_log_in = connection_.listener.auth == config::Auth::required && account_.empty();
    return must_log_in ? std::min(deadline, login_deadline_) : deadline;
}

void Session::reply(const Reply& answer) {
    stream_.put(answer.bytes());
    // Whoever says 421 closes (RFC 5321 §3.8), though it be a filter's word.
    if (answer.code == 421) closing_ = true;
}

void Session::refuse(const Reply& answer) {
    ++errors_;
    reply(answer);
}

}  // namespace md::mdsmtpd
