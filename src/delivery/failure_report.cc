// delivery/failure_report.cc - see failure_report.h

#include "delivery/failure_report.h"

#include "mail/report.h"
#include "mail/trace.h"

namespace md::delivery {

namespace {

std::string parameter(const std::vector<spool::Parameter>& parameters, std::string_view name) {
    for (const auto& one : parameters)
        if (one.name == name) return one.value;
    return {};
}

mail::RecipientReport describe(const spool::Recipient& recipient, const spool::RecipientState& state) {
    mail::RecipientReport report;
    report.final_recipient = recipient.address;
    report.original_recipient = parameter(recipient.parameters, "ORCPT");
    report.action = mail::ReportAction::failed;
    report.status = mail::Status::parse(state.status).value_or(mail::Status{5, 0, 0});
    report.diagnostic = state.last_reply;
    return report;
}

}  // namespace

FailureReport make_failure_report(const spool::StoredEnvelope& message, std::span<const std::uint32_t> recipients,
                                  std::uint32_t number, const std::string& hostname, WallTime now) {
    const auto& failed = message.envelope;
    const auto states = message.states();
    FailureReport made;
    made.envelope.id = failed.id.child("dsn", number);
    made.envelope.parent = failed.id;
    made.envelope.arrived = now;
    made.envelope.client.origin = spool::Origin::made_here;
    made.envelope.body = failed.body;
    made.envelope.recipients.emplace_back(failed.reverse_path);

    mail::Report report;
    report.reporting_host = hostname;
    report.unique = made.envelope.id.text();
    report.sender = failed.reverse_path;
    report.envelope_id = parameter(failed.parameters, "ENVID");
    report.queue_id = failed.id.text();
    report.arrived = failed.arrived;
    report.now = now;
    report.eight_bit = failed.body != spool::BodyType::seven_bit;
    for (const auto i : recipients) report.recipients.push_back(describe(failed.recipients[i], states[i]));

    auto text = mail::format_report(report);
    const auto return_path = mail::return_path_field("");
    made.envelope.relay_from = return_path.size();
    made.head = return_path + text.head;
    made.tail = std::move(text.tail);
    return made;
}

}  // namespace md::delivery
