// delivery/status_report.cc - see status_report.h

#include "delivery/status_report.h"

#include <algorithm>

#include "base/strings.h"
#include "mail/trace.h"
#include "proto/smtp/parameters.h"

namespace md::delivery {

namespace {

using mail::Report;
using mail::ReportAction;
using spool::Recipient;

constexpr std::uint32_t kActions = 8;

/// Decoded; empty: not given.
std::string parameter(const std::vector<spool::Parameter>& parameters, std::string_view name) {
    for (const auto& one : parameters)
        if (one.name == name) return smtp::decode_xtext(one.value, true).value_or(one.value);
    return {};
}

/// The recipient that the sender named.
const Recipient& named_by_sender(const spool::Envelope& envelope, std::uint32_t number) {
    const auto* recipient = &envelope.recipients[number];
    while (recipient->of != Recipient::kOwn) recipient = &envelope.recipients[recipient->of];
    return *recipient;
}

/// RFC 3464 §2.3.1, 6533 §3.
std::string typed(const std::string& address) {
    const bool ascii = std::ranges::all_of(address, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
    return (ascii ? "rfc822;" : "utf-8;") + address;
}

mail::Status default_status(ReportAction action) {
    switch (action) {
        case ReportAction::failed: return {5, 0, 0};
        case ReportAction::delayed: return {4, 0, 0};
        default: return {2, 0, 0};
    }
}

mail::RecipientReport describe(const spool::StoredEnvelope& message, const Reported& about,
                               const spool::RecipientState& state, const ReportRules& rules) {
    const auto& envelope = message.envelope;
    const auto& recipient = envelope.recipients[about.recipient];
    mail::RecipientReport report;
    report.final_recipient = recipient.address;
    report.original_recipient = parameter(recipient.parameters, "ORCPT");
    if (report.original_recipient.empty() && recipient.of != Recipient::kOwn)
        report.original_recipient = typed(named_by_sender(envelope, about.recipient).address);
    report.action = about.action;
    report.status = mail::Status::parse(state.status).value_or(default_status(about.action));
    report.diagnostic = state.last_reply;
    report.remote_mta = state.host.substr(0, state.host.find(' '));
    if (rules.transcript) report.transcript = state.transcript;
    report.last_attempt = state.last_attempt;
    if (about.action == ReportAction::delayed) report.retry_until = envelope.arrived + rules.keep;
    return report;
}

bool tells_failure(std::span<const Reported> about) {
    return std::ranges::any_of(about, [](const auto& one) { return one.action == ReportAction::failed; });
}

/// RFC 3461 §4.3: RET speaks of failures; other reports never return the message.
bool returns_whole(const spool::StoredEnvelope& message, std::span<const Reported> about, const ReportRules& rules) {
    if (!tells_failure(about) || message.message_size > rules.whole_bytes) return false;
    const auto ret = parameter(message.envelope.parameters, "RET");
    return ret.empty() ? rules.return_message : equal_nocase(ret, "FULL");
}

}  // namespace

StatusReport make_status_report(const spool::StoredEnvelope& message, std::span<const Reported> about,
                                const ReportRules& rules, WallTime now) {
    const auto& told = message.envelope;
    const auto states = message.states();
    const auto& first = about.front();
    StatusReport made;
    made.whole = returns_whole(message, about, rules);
    made.fails = tells_failure(about);
    const auto releases = std::ranges::count(message.progress, spool::Progress::Kind::released, &spool::Progress::kind);
    const auto kind = releases == 0 ? std::string("dsn") : "dsn-" + std::to_string(releases);
    made.envelope.id = told.id.child(kind, first.recipient * kActions + static_cast<std::uint32_t>(first.action));
    made.envelope.parent = told.id;
    made.envelope.arrived = now;
    made.envelope.client.origin = spool::Origin::made_here;
    made.envelope.body = told.body;
    made.envelope.smtputf8 = told.smtputf8;
    made.envelope.recipients.emplace_back(told.reverse_path);

    Report report;
    report.reporting_host = rules.hostname;
    report.unique = made.envelope.id.text();
    report.sender = told.reverse_path;
    report.envelope_id = parameter(told.parameters, "ENVID");
    report.queue_id = told.id.text();
    report.arrived = told.arrived;
    report.now = now;
    report.eight_bit = told.body != spool::BodyType::seven_bit;
    report.international = told.smtputf8;
    report.returned = made.whole ? Report::Returned::whole : Report::Returned::header;
    for (const auto& one : about) report.recipients.push_back(describe(message, one, states[one.recipient], rules));
    if (rules.texts != nullptr) report.words = &rules.texts->words(mail::kind_of(report), rules.language);

    auto text = mail::format_report(report);
    const auto return_path = mail::return_path_field("");
    made.envelope.relay_from = return_path.size();
    made.head = return_path + text.head;
    made.tail = std::move(text.tail);
    return made;
}

void add_copy(StatusReport& report, const std::string& address) {
    auto& recipients = report.envelope.recipients;
    if (equal_nocase(recipients.front().address, address)) return;
    recipients.emplace_back(address).parameters.emplace_back("NOTIFY", "NEVER");  // RFC 3461 §4.1
}

}  // namespace md::delivery
