// relay/transaction.cc - see transaction.h; the message itself: transaction_data.cc

#include "relay/transaction.h"

#include <algorithm>
#include <utility>

namespace md::relay {

using async::Task;
using mail::Status;
using smtp::Extension;

namespace {

/// "Too many recipients" (RFC 5321 §4.5.3.1.10), and not one recipient's own trouble, such as a full mailbox: old
/// servers say 552.
bool is_too_many(const smtp::ServerReply& reply) {
    const bool by_code = reply.code == 452 || reply.code == 552;
    return by_code && (!reply.status || (reply.status->subject == 5 && reply.status->detail == 3));
}

/// Too many, though it is the first of its transaction: the session has had enough.
bool is_of_the_session(const smtp::ServerReply& reply) {
    return is_too_many(reply) && reply.status;
}

/// X.3.Z is the state of the whole system (RFC 3463 §3.4), but for X.3.4, which is of this message's size.
bool is_of_the_host(const smtp::ServerReply& reply) {
    return reply.transient() && reply.status && reply.status->subject == 3 && reply.status->detail != 4;
}

}  // namespace

Transaction::Transaction(Dialogue& dialogue, const smtp::Offer& offer, const Timeouts& timeouts, const Cargo& cargo,
                         CargoReader& reader, const Terms& terms, std::vector<std::size_t> recipients)
    : dialogue_(dialogue),
      offer_(offer),
      timeouts_(timeouts),
      cargo_(cargo),
      reader_(reader),
      terms_(terms),
      recipients_(std::move(recipients)),
      outcomes_(recipients_.size()),
      pipelining_(offer.has(Extension::pipelining)),
      prdr_(offer.has(Extension::prdr) && !terms.lmtp && recipients_.size() > 1) {
    mail_ = mail_command(cargo_, terms_.measure, offer_, prdr_);
}

std::string Transaction::rcpt(std::size_t i) const {
    return rcpt_command(cargo_.recipients[recipients_[i]], offer_);
}

void Transaction::settle(std::size_t i, Outcome outcome) {
    if (!outcomes_[i]) outcomes_[i] = std::move(outcome);
}

void Transaction::settle_accepted(const Outcome& outcome) {
    for (const auto i : accepted_) settle(i, outcome);
}

/// The connection is over: so is it for all on whom nothing was said, or nothing that lasts.
void Transaction::lose(const std::string& command, Outcome trouble) {
    trouble.uncertain = all_sent_;
    if (all_sent_) trouble.reply.append("; the message was sent, and no answer came: it may arrive twice");
    trouble.transcript = transcript_of(command, trouble);
    for (std::size_t i = 0; i < outcomes_.size(); ++i)
        if (std::ranges::find(again_, recipients_[i]) == again_.end()) settle(i, trouble);
}

void Transaction::nonsense(const std::string& command, const smtp::ServerReply& reply) {
    lose(command, dialogue_.give_up(Status{4, 5, 0}, "answers what does not fit: " + one_line(reply)));
}

/// All that needs no reply before the next may be sent (RFC 2920 §3.1). BDAT could go with it, too, but then a whole
/// message would, even if nobody is taken.
void Transaction::put_group() {
    dialogue_.put(mail_);
    for (std::size_t i = 0; i < recipients_.size(); ++i) dialogue_.put(rcpt(i));
    if (!terms_.chunks) dialogue_.put("DATA");
}

Task<Transaction::Answer> Transaction::next(const std::string& command, Dialogue::Limit limit) {
    if (!pipelining_ && dialogue_.alive()) dialogue_.put(command);
    auto answer = co_await dialogue_.read_reply(limit);
    co_return std::move(answer);
}

Task<void> Transaction::run() {
    if (pipelining_) put_group();
    const bool in_step = co_await envelope();
    if (!in_step) co_return;
    const bool wanted = co_await go_ahead();
    if (!wanted) co_return;
    if (accepted_.empty()) {
        co_await send_nothing();
    } else {
        co_await send_message();
    }
}

/// MAIL and all RCPT. False: there is nothing more to read or send.
Task<bool> Transaction::envelope() {
    const auto mail = co_await next(mail_, timeouts_.mail);
    if (!mail) {
        auto trouble = mail.error();
        trouble.untried = terms_.reused;
        lose(mail_, std::move(trouble));
        co_return false;
    }
    if (mail->intermediate()) {
        nonsense(mail_, *mail);
        co_return false;
    }
    open_ = mail->positive();
    if (!open_) {
        mail_refused_ = outcome_of(*mail);
        mail_refused_->host_fault = is_of_the_host(*mail);
        mail_refused_->untried = terms_.reused;  // it may be the session that has had enough
        mail_refused_->transcript = transcript_of(mail_, *mail);
        for (std::size_t i = 0; i < outcomes_.size(); ++i) settle(i, *mail_refused_);
        if (!pipelining_) co_return false;
    }
    for (std::size_t i = 0; i < recipients_.size(); ++i) {
        const auto command = rcpt(i);
        const auto answer = co_await next(command, timeouts_.recipient);
        take_rcpt(i, command, answer);
        if (!dialogue_.alive()) co_return false;
    }
    co_return true;
}

void Transaction::take_rcpt(std::size_t i, const std::string& command, const Answer& answer) {
    if (!answer) return lose(command, answer.error());
    if (mail_refused_) return;  // whatever it says: there is no transaction
    if (answer->intermediate()) return nonsense(command, *answer);
    if (answer->positive()) {
        accepted_.push_back(i);
    } else if (!accepted_.empty() && is_too_many(*answer)) {
        again_.push_back(recipients_[i]);
    } else {
        auto outcome = outcome_of(*answer);
        outcome.transcript = transcript_of(command, *answer);
        outcome.untried = terms_.reused && is_of_the_session(*answer);
        settle(i, std::move(outcome));
    }
}

/// Does the server wait for the message? With BDAT nobody asks it.
Task<bool> Transaction::go_ahead() {
    if (terms_.chunks) co_return !accepted_.empty();
    if (!pipelining_ && accepted_.empty()) co_return false;
    const std::string command = "DATA";
    const auto answer = co_await next(command, timeouts_.data);
    if (!answer) {
        lose(command, answer.error());
        co_return false;
    }
    if (answer->intermediate()) co_return true;
    if (answer->positive()) {
        nonsense(command, *answer);
        co_return false;
    }
    auto outcome = outcome_of(*answer);
    outcome.transcript = transcript_of(command, *answer);
    settle_accepted(outcome);
    co_return false;
}

}  // namespace md::relay
