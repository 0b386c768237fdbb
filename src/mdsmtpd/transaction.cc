// mdsmtpd/transaction.cc - MAIL, RCPT and RSET (RFC 5321 §4.1.1.2, §4.1.1.3, §4.1.1.5); see session.h

#include <algorithm>

#include "base/strings.h"
#include "log/counter.h"
#include "mdsmtpd/filter_reply.h"
#include "mdsmtpd/session.h"

namespace md::mdsmtpd {

using async::Task;
using mail::Status;
using milter::Answer;
using smtp::Reply;
using smtp::State;

namespace opt = config::opt;

namespace {

constexpr Status kTooMany{4, 5, 3};

std::string in_brackets(const std::string& path) {
    return "<" + path + ">";
}

/// What a filter is told of MAIL and RCPT.
std::vector<std::string> filter_arguments(const std::string& path, const std::vector<std::string>& parameters) {
    std::vector<std::string> out{in_brackets(path)};
    out.insert(out.end(), parameters.begin(), parameters.end());
    return out;
}

std::vector<spool::Parameter> kept_parameters(const std::vector<smtp::Parameter>& given) {
    std::vector<spool::Parameter> out;
    for (const auto& one : given) out.emplace_back(one.name, one.value);
    return out;
}

spool::BodyType body_type(smtp::Body body) {
    switch (body) {
        case smtp::Body::eight_bit_mime: return spool::BodyType::eight_bit_mime;
        case smtp::Body::binary_mime: return spool::BodyType::binary_mime;
        case smtp::Body::seven_bit: break;
    }
    return spool::BodyType::seven_bit;
}

spool::Origin origin_of(config::Protocol protocol) {
    switch (protocol) {
        case config::Protocol::submission: return spool::Origin::submission;
        case config::Protocol::lmtp: return spool::Origin::lmtp;
        default: return spool::Origin::smtp;
    }
}

}  // namespace

/// Of the null path that needs a row for any sender.
const config::Relay* Session::listed_as(const std::optional<mail::Address>& sender) const {
    const auto allows = [&sender](const std::string& allowed) {
        return sender && (equal_nocase(allowed, sender->domain) || equal_nocase(allowed, sender->text()));
    };
    const auto found = std::find_if(relays_.begin(), relays_.end(), [&allows](const config::Relay* relay) {
        return relay->senders.empty() || std::any_of(relay->senders.begin(), relay->senders.end(), allows);
    });
    return found == relays_.end() ? nullptr : *found;
}

std::string Session::client_ip() const {
    const auto& peer = stream_.peer();
    return peer.ip() == IpAddress() && peer.port() == 0 ? std::string() : peer.ip().text();
}

/// Why there may be no further recipient, one of that domain.
std::optional<Reply> Session::refuse_more(const std::string& domain) {
    const auto most = static_cast<std::size_t>(config_[opt::smtp_max_recipients]);
    if (transaction_->envelope.recipients.size() >= most)
        return Reply(452, kTooMany, "too many recipients");  // RFC 5321 §4.5.3.1.10
    if (has_room_for_domain(domain)) return std::nullopt;
    return Reply(452, kTooMany, "too many domains in one session");  // RFC 9422 §4.3
}

/// A limit is nobody's error, and a list with many dead addresses no attack of a local user's.
void Session::refuse_recipient(const Reply& answer) {
    log::count(Counter::recipients_refused);
    const bool counts = !connection_.user && answer.status != kTooMany;
    counts ? refuse(answer) : reply(answer);
}

/// One of another domain than before, while that many are allowed.
bool Session::has_room_for_domain(const std::string& domain) {
    const auto most = config_[opt::smtp_max_recipient_domains];
    if (most == 0 || domain.empty() || recipient_domains_.contains(lower(domain))) return true;
    if (recipient_domains_.size() >= static_cast<std::size_t>(most)) return false;
    recipient_domains_.insert(lower(domain));
    return true;
}

Task<void> Session::reset() {
    if (transaction_) co_await filter_.abort();
    transaction_.reset();
    if (state_ != State::start) state_ = State::ready;
}

Task<void> Session::mail(std::string_view argument) {
    const auto most = config_[opt::smtp_max_messages];
    if (++messages_ > most && most > 0) {  // RFC 9422 §4.1
        reply(Reply(421, Status{4, 7, 0}, config_[opt::hostname] + " too many messages in one session"));
        co_return;
    }
    const auto offered = offer();
    auto arguments = smtp::parse_mail(argument, offered);
    if (!arguments) {
        refuse(arguments.error());
        co_return;
    }
    if (arguments->sender && arguments->sender->domain.empty()) {
        auto whole = co_await services_.policy.complete(*arguments->sender);
        if (!whole) {
            reply(whole.error());
            co_return;
        }
        arguments->sender = std::move(*whole);
    }
    auto refusal = co_await refuse_mail(*arguments);
    if (refusal) {
        refuse(*refusal);
        co_return;
    }
    const auto* relay = listed_as(arguments->sender);
    refusal = relay == nullptr ? std::nullopt : refuse_rate(*relay);
    if (refusal) {
        reply(*refusal);
        co_return;
    }
    Transaction transaction;
    transaction.announced_size = arguments->size.value_or(0);
    transaction.listed_relay = relay != nullptr;
    transaction.prdr = arguments->prdr;
    auto& envelope = transaction.envelope;
    if (arguments->sender) envelope.reverse_path = arguments->sender->text();
    envelope.body = body_type(arguments->body);
    envelope.smtputf8 = arguments->smtputf8;
    envelope.parameters = kept_parameters(arguments->kept);
    envelope.client.ip = client_ip();
    envelope.client.name = client_name_;
    envelope.client.helo = helo_;
    envelope.client.account = account_;
    envelope.client.origin = connection_.user ? spool::Origin::local : origin_of(connection_.listener.protocol);
    envelope.client.tls = stream_.tls();
    envelope.id = services_.ids.make();
    transaction_ = std::move(transaction);

    refusal = co_await ask_filter_mail(transaction_->envelope.reverse_path, *arguments);
    if (refusal) {
        transaction_.reset();
        refuse(*refusal);
        co_return;
    }
    state_ = State::mail;
    reply(Reply(250, Status{2, 1, 0}, "sender ok"));
}

/// What speaks against a message before the filter is asked.
Task<std::optional<Reply>> Session::refuse_mail(const smtp::MailArguments& arguments) {
    if (connection_.listener.auth == config::Auth::required && account_.empty())
        co_return Reply(530, Status{5, 7, 0}, "log in first");  // RFC 4954 §6
    if (arguments.size && *arguments.size > config_[opt::smtp_max_message_size])
        co_return Reply(552, Status{5, 3, 4}, "message too large");  // RFC 1870 §6.1
    auto often = co_await refuse_often(arguments);
    if (often) co_return std::move(often);
    if (services_.intake.is_full()) co_return Reply(452, Status{4, 3, 1}, "too much mail waits here, try again later");
    auto refusal = co_await refuse_sender(arguments.sender);
    co_return std::move(refusal);
}

/// A filter that is away stops strangers; people who logged in are let through, and their mail waits for it (INTERFACE:
/// fail safe for people).
Task<std::optional<Reply>> Session::ask_filter_mail(const std::string& reverse_path,
                                                    const smtp::MailArguments& arguments) {
    auto words = filter_arguments(reverse_path, arguments.words);
    auto macros = filter_macros();
    const auto answer = co_await filter_.mail(std::move(words), std::move(macros));
    if (answer.kind == Answer::Kind::unavailable) {
        connection_.log.event(Event::SmtpFilterAway, answer.reply);
        if (!is_ours()) co_return Reply(451, Status{4, 7, 1}, "mail cannot be examined now, try again later");
        transaction_->unfiltered = true;
    }
    if (answer.kind == Answer::Kind::reject || answer.kind == Answer::Kind::temp_fail)
        co_return filter_reply(answer, Reply(550, Status{5, 7, 1}, "sender refused"));
    co_return std::nullopt;
}

Task<void> Session::rcpt(std::string_view argument) {
    const auto offered = offer();
    const auto arguments = smtp::parse_rcpt(argument, offered, transaction_->envelope.smtputf8);
    if (!arguments) {
        refuse(arguments.error());
        co_return;
    }
    if (const auto full = refuse_more(arguments->recipient.domain)) {
        refuse_recipient(*full);
        co_return;
    }
    const auto admission = co_await services_.policy.admit(
        arguments->recipient, is_ours(), transaction_->announced_size, transaction_->envelope.reverse_path.empty());
    if (admission.refusal) {
        refuse_recipient(*admission.refusal);
        const bool unknown = admission.refusal->status && *admission.refusal->status == Status{5, 1, 1};
        if (unknown) co_await note(policy::Occasion::unknown_recipient);
        co_return;
    }
    auto address = admission.recipient.text();
    if (!transaction_->unfiltered) {
        auto words = filter_arguments(address, arguments->words);
        std::vector<milter::Macro> macros;  // what was told at MAIL is of the whole message
        macros.push_back({"i", transaction_->envelope.id.text()});
        if (!admission.account.empty()) macros.push_back({"{mdmail_account}", admission.account});  // mdfilterd's lists
        const auto answer = co_await filter_.rcpt(std::move(words), std::move(macros));
        if (answer.kind == Answer::Kind::reject || answer.kind == Answer::Kind::temp_fail) {
            refuse_recipient(filter_reply(answer, Reply(550, Status{5, 7, 1}, "recipient refused")));
            co_return;
        }
    }
    auto& recipients = transaction_->envelope.recipients;
    recipients.emplace_back(std::move(address));
    recipients.back().parameters = kept_parameters(arguments->kept);
    state_ = State::rcpt;
    log::count(Counter::recipients_accepted);
    reply(Reply(250, Status{2, 1, 5}, "recipient ok"));
}

milter::ConnectInfo Session::filter_connect_info() const {
    const auto& peer = stream_.peer();
    milter::ConnectInfo info;
    info.address = client_ip();
    if (info.address.empty()) {
        info.host = "localhost";
        info.family = 'L';
        info.address = "local";
        return info;
    }
    info.host = client_name_.empty() ? "[" + info.address + "]" : client_name_;
    info.family = peer.ip().v6() ? '6' : '4';
    info.port = peer.port();
    return info;
}

/// The names that Sendmail and Postfix use; those without a value are left out.
std::vector<milter::Macro> Session::filter_macros() const {
    std::vector<milter::Macro> macros;
    const auto add = [&macros](const char* name, std::string value) {
        if (!value.empty()) macros.push_back({name, std::move(value)});
    };
    add("j", config_[opt::hostname]);
    add("{client_addr}", client_ip());
    add("{client_name}", client_name_);
    add("{auth_authen}", account_);
    add("{tls_version}", std::string(stream_.tls_version()));
    add("{cipher}", std::string(stream_.tls_cipher()));
    if (transaction_) add("i", transaction_->envelope.id.text());
    return macros;
}

}  // namespace md::mdsmtpd
