// mdsmtpd/data.cc - DATA (RFC 5321 §4.1.1.4): a message from the wire to the intake journal; see session.h
//
// CONTRACT
//   250 only after spool::Intake::store() has returned. Every other way out leaves nothing behind.
//   Plain SMTP has one reply for all recipients: refused if all of them refuse; else those that do are quarantined,
//   never bounced. LMTP answers each (RFC 2033 §4.2), and so does PRDR: 353, a reply for each recipient that was taken
//   in the order of RCPT, and one for the message; what is true of all of them is one reply.
// DIAGNOSTICS
//   SmtpAccepted, SmtpMessageRefused, SmtpFilterAway.

#include <algorithm>
#include <unordered_set>

#include "async/loop.h"
#include "base/strings.h"
#include "delivery/filter_outcome.h"
#include "log/counter.h"
#include "mail/header_edit.h"
#include "mail/trace.h"
#include "mdsmtpd/chunks.h"
#include "mdsmtpd/filter_reply.h"
#include "mdsmtpd/inbound.h"
#include "mdsmtpd/session.h"
#include "policy/entry.h"
#include "proto/smtp/data_decoder.h"

namespace md::mdsmtpd {

using async::Task;
using mail::Status;
using milter::Answer;
using smtp::Reply;
using spool::Verdict;

namespace opt = config::opt;

namespace {

/// One copy for each mailbox, however often and in whatever case it was named.
void drop_doubles(std::vector<spool::Recipient>& recipients) {
    std::unordered_set<std::string> seen;
    std::erase_if(recipients,
                  [&seen](const auto& one) { return !seen.insert(policy::comparable(one.address)).second; });
}

/// smtp.strict, octets.
constexpr std::uint64_t kLeastMessage = 32;

/// The reason is a reply ("550 5.7.1 text"), as doc/formats/milter-verdicts.md has it.
Reply refusal_of(const Verdict& verdict) {
    return filter_reply(Answer(Answer::Kind::reject, verdict.reason), Reply(550, Status{5, 7, 1}, "message refused"));
}

}  // namespace

std::string Session::trace_prefix() {
    const auto& envelope = transaction_->envelope;
    mail::Received received;
    received.helo = helo_;
    received.client_name = envelope.client.name;
    received.client_ip = envelope.client.ip;
    const auto user_id = connection_.user ? std::to_string(connection_.user->uid) : std::string();
    received.user_id = user_id;
    received.by = config_[opt::hostname];
    received.protocol = {.lmtp = dialect_ == smtp::Dialect::lmtp,
                         .extended = extended_,
                         .tls = stream_.tls(),
                         .authenticated = !account_.empty(),
                         .utf8 = envelope.smtputf8};
    received.tls = stream_.tls_cipher();
    const auto id = envelope.id.text();
    received.id = id;
    if (envelope.recipients.size() == 1) received.recipient = envelope.recipients.front().address;
    received.time = services_.clock.now();
    const auto return_path = mail::return_path_field(envelope.reverse_path);
    transaction_->envelope.relay_from = return_path.size();
    return return_path + mail::received_field(received);
}

/// What stands before the first octet, of DATA and BDAT alike: the refusal of a filter that wants no message.
Task<std::optional<Reply>> Session::begin_message() {
    transaction_->envelope.arrived = services_.clock.now();
    if (shown_filter() == nullptr) co_return std::nullopt;
    auto macros = filter_macros();
    const auto answer = co_await filter_.data(std::move(macros));
    if (answer.kind == Answer::Kind::reject || answer.kind == Answer::Kind::temp_fail)
        co_return filter_reply(answer, Reply(550, Status{5, 7, 1}, "message refused"));
    co_return std::nullopt;
}

Task<void> Session::data() {
    auto& transaction = *transaction_;
    if (transaction.envelope.body == spool::BodyType::binary_mime) {  // RFC 3030 §3
        refuse(Reply(503, Status{5, 5, 1}, "BODY=BINARYMIME comes by BDAT alone"));
        co_await reset();
        state_ = smtp::State::failed;
        co_return;
    }
    const auto refusal = co_await begin_message();
    if (refusal) {
        refuse(*refusal);
        co_await reset();
        co_return;
    }
    Inbound message(services_.intake, transaction.envelope.id, shown_filter(), mender(), trace_prefix(),
                    config_[opt::smtp_header_size]);
    reply(Reply(354, "send the message, end it with a line that holds a dot alone"));
    const auto wrong = co_await receive(message);
    if (wrong) {
        connection_.log.event(Event::SmtpMessageRefused, transaction.envelope.id, wrong->text);
        answer_all(*wrong);
    } else {
        co_await judge_and_store(message);
    }
    co_await reset();
}

/// Reads to the end of the message; what is wrong with it, if anything.
Task<std::optional<Reply>> Session::receive(Inbound& message) {
    const auto policy = is_ours() ? smtp::BareLineEnds::normalise : smtp::BareLineEnds::refuse;
    smtp::DataDecoder decoder(policy, config_[opt::smtp_max_message_size], config_[opt::smtp_text_line_length]);
    reader_.release();
    for (;;) {
        const auto deadline = async::after(config_[opt::smtp_data_timeout]);
        if (stream_.buffered().empty()) co_await stream_.fill(deadline);
        std::string piece;
        const auto progress = decoder.feed(stream_.buffered(), piece);
        stream_.consume(progress.consumed);
        if (!decoder.refused()) co_await message.take(piece);
        if (progress.finished) break;
    }
    if (decoder.too_large()) co_return message_too_large();
    if (decoder.bare_line_end_refused()) co_return bare_line_end_refused();
    if (decoder.line_too_long()) co_return line_too_long();
    // Many clients send eight bits that they did not announce; who passes the message on shall know.
    if (decoder.eight_bit()) transaction_->envelope.body = spool::BodyType::eight_bit_mime;
    co_await message.finish();
    auto refusal = co_await refuse_message(message);
    co_return std::move(refusal);
}

/// What speaks against a message that is whole.
Task<std::optional<Reply>> Session::refuse_message(const Inbound& message) {
    if (message.header_too_large()) co_return header_too_large();
    if (static_cast<std::int64_t>(message.hops()) > config_[opt::smtp_max_hops])
        co_return Reply(554, Status{5, 4, 6}, "too many hops, this message goes round in a loop");
    auto malformed = refuse_malformed(message);
    if (malformed) co_return std::move(malformed);
    auto refusal = co_await refuse_author(message);
    co_return std::move(refusal);
}

/// smtp.strict: what RFC 5322 §3.6 wants once, of strangers.
std::optional<Reply> Session::refuse_malformed(const Inbound& message) const {
    if (!config_[opt::smtp_strict] || is_ours() || is_trusted()) return std::nullopt;
    const auto bad = [](std::string text) { return Reply(550, Status{5, 6, 0}, std::move(text)); };
    if (message.octets() < kLeastMessage) return bad("this is no message, it is too short");
    if (!message.header_whole()) return bad("a line of the header is no field");
    if (!message.has_field("From") && !message.has_field("Sender"))
        return bad("the message has neither From nor Sender");
    for (const char* name : {"From", "Sender", "Subject", "Date", "Message-ID"})
        if (message.has_field(name, 2)) return bad(std::string("the message has more than one field ") + name);
    return std::nullopt;
}

Task<void> Session::judge_and_store(Inbound& message) {
    auto& envelope = transaction_->envelope;
    milter::Outcome outcome;
    outcome.answer = message.answer();
    if (!transaction_->unfiltered && outcome.answer.kind == Answer::Kind::proceed) {
        auto macros = filter_macros();
        outcome = co_await filter_.end_of_message(std::move(macros));
    }
    switch (outcome.answer.kind) {
        case Answer::Kind::reject:
        case Answer::Kind::temp_fail: {
            const auto no = filter_reply(outcome.answer, Reply(550, Status{5, 7, 1}, "message refused"));
            connection_.log.event(Event::SmtpMessageRefused, envelope.id, no.text);
            answer_all(no);
            co_return;
        }
        case Answer::Kind::discard:
            connection_.log.event(Event::SmtpDiscarded, envelope.id);
            answer_all(Reply(250, Status{2, 0, 0}, "ok, " + envelope.id.text()));
            co_return;
        case Answer::Kind::unavailable:
            connection_.log.event(Event::SmtpFilterAway, outcome.answer.reply);
            if (!is_ours()) {
                answer_all(Reply(451, Status{4, 7, 1}, "mail cannot be examined now, try again later"));
                co_return;
            }
            transaction_->unfiltered = true;
            break;
        case Answer::Kind::proceed:
        case Answer::Kind::accept: break;
    }
    co_await store(message, outcome);
}

/// The refusals by recipient in the order of RCPT; those that are told leave the envelope, the others become copies in
/// quarantine.
std::vector<std::optional<Reply>> Session::take_verdicts(const milter::Outcome& outcome) {
    auto& recipients = transaction_->envelope.recipients;
    for (const auto& verdict : outcome.verdicts)
        if (verdict.recipient < recipients.size())
            recipients[verdict.recipient].verdict = delivery::to_verdict(verdict);
    std::vector<std::optional<Reply>> refusals(recipients.size());
    const auto refused = [](const auto& one) { return one.verdict.action == Verdict::Action::refuse; };
    for (std::size_t i = 0; i < recipients.size(); ++i)
        if (refused(recipients[i])) refusals[i] = refusal_of(recipients[i].verdict);
    if (answers_each() || std::all_of(recipients.begin(), recipients.end(), refused)) {
        std::erase_if(recipients, refused);
    } else {
        for (auto& recipient : recipients)
            if (refused(recipient)) recipient.verdict.action = Verdict::Action::quarantine;
    }
    return refusals;
}

Task<void> Session::store(Inbound& message, const milter::Outcome& outcome) {
    auto& envelope = transaction_->envelope;
    const auto refusals = take_verdicts(outcome);
    if (envelope.recipients.empty()) {
        connection_.log.event(Event::SmtpMessageRefused, envelope.id, refusals.front()->text);
        answer_each(*refusals.front(), refusals);
        co_return;
    }
    delivery::apply_envelope(envelope, outcome);
    if (envelope.recipients.empty()) {  // the filter took them all away
        connection_.log.event(Event::SmtpDiscarded, envelope.id);
        answer_each(Reply(250, Status{2, 0, 0}, "ok, " + envelope.id.text()), refusals);
        co_return;
    }
    envelope.unfiltered = transaction_->unfiltered;
    const auto refusal = co_await keep(message, outcome);
    if (refusal) {
        answer_each(*refusal, refusals);
        co_return;
    }
    connection_.log.event(Event::SmtpAccepted, envelope.id, envelope.reverse_path, envelope.recipients.size());
    log::count(Counter::message_octets, message.octets());
    answer_each(Reply(250, Status{2, 0, 0}, "ok, queued as " + envelope.id.text()), refusals);
}

/// With the filter's changes made, durably; else why not.
Task<std::optional<Reply>> Session::keep(Inbound& message, const milter::Outcome& outcome) {
    auto& envelope = transaction_->envelope;
    drop_doubles(envelope.recipients);
    std::vector<mail::HeaderEdit> edits;
    for (const auto& change : outcome.headers) edits.push_back(delivery::to_edit(change, true));
    auto& octets = message.result(envelope, std::move(edits), outcome.body);
    const auto stored = co_await services_.intake.store(octets, envelope);
    if (stored) co_return std::nullopt;
    connection_.log.event(Event::SmtpNotStored, envelope.id, stored.error().cause);
    if (stored.error().full) co_return Reply(452, Status{4, 3, 1}, "too much mail waits here, try again later");
    co_return Reply(451, Status{4, 3, 0}, "the message could not be stored, try again later");
}

bool Session::answers_each() const {
    return dialect_ == smtp::Dialect::lmtp || transaction_->prdr;
}

/// One reply for all, or one for each RCPT that was taken, in their order.
void Session::answer_each(const Reply& taken, const std::vector<std::optional<Reply>>& refusals) {
    const bool lmtp = dialect_ == smtp::Dialect::lmtp;
    if (answers_each()) {
        if (!lmtp) reply(Reply(353, "a reply for each recipient follows"));
        for (const auto& refusal : refusals) reply(refusal ? *refusal : taken);
    }
    if (!lmtp) reply(taken);
}

void Session::answer_all(const Reply& answer) {
    const std::vector<std::optional<Reply>> none(transaction_->envelope.recipients.size());
    transaction_->prdr = false;
    answer_each(answer, none);
}

}  // namespace md::mdsmtpd
