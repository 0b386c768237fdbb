// mail/report.cc - see report.h

#include "mail/report.h"

#include <algorithm>

#include "base/strings.h"
#include "base/utf8.h"
#include "mail/date.h"
#include "mail/header_edit.h"
#include "mail/trace.h"

namespace md::mail {

namespace {

constexpr std::size_t kTextLimit = 2000;

/// One line of printable text: ASCII, for status fields are not to need a charset (RFC 3464 §2.1.1), or UTF-8 where
/// the message had it (RFC 6533 §3).
std::string one_line(std::string_view text, bool international = false) {
    const auto cut = text.substr(0, kTextLimit);
    const bool keeps = international && is_utf8(cut);
    std::string out;
    for (const char c : cut) {
        if (c == '\r') continue;
        const auto octet = static_cast<unsigned char>(c);
        const bool prints = octet >= 0x20 && octet != 0x7f && (octet < 0x80 || keeps);
        out.push_back(c == '\n' || c == '\t' ? ' ' : (prints ? c : '?'));
    }
    return std::string(trim(out));
}

/// RFC 6533 §3: an address with more than ASCII has a type of its own.
std::string typed_address(const std::string& address) {
    const bool ascii = std::ranges::all_of(address, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
    return (ascii ? "rfc822; " : "utf-8; ") + address;
}

/// A field of the status part, folded at blanks so that a long reply stays under the line limit.
std::string status_field(std::string_view name, std::string_view value, bool international = false) {
    std::vector<std::string> pieces;
    const auto line = one_line(value, international);
    for (const auto piece : split(line, ' '))
        if (!piece.empty()) pieces.emplace_back(piece);
    if (pieces.empty()) pieces.emplace_back("");
    return fold_pieces(name, pieces);
}

bool all_are(const Report& report, ReportAction action) {
    return std::all_of(report.recipients.begin(), report.recipients.end(),
                       [=](const RecipientReport& r) { return r.action == action; });
}

std::string_view subject(const Report& report) {
    const bool fails = std::any_of(report.recipients.begin(), report.recipients.end(),
                                   [](const RecipientReport& r) { return r.action == ReportAction::failed; });
    if (fails) return "Mail could not be delivered";
    if (all_are(report, ReportAction::delayed)) return "Mail is delayed";
    return "Delivery report";
}

std::string_view explanation(ReportAction action) noexcept {
    switch (action) {
        case ReportAction::failed: return "could not be delivered, and will not be tried again:";
        case ReportAction::delayed: return "is not delivered yet; we keep trying, and you need do nothing:";
        case ReportAction::delivered: return "was delivered:";
        case ReportAction::relayed: return "was passed on to a host that sends no report of its own:";
        case ReportAction::expanded: return "was passed on to the members of a list or group:";
    }
    return "";
}

/// For people who have to ask the other site's.
void append_transcript(std::string& text, std::string_view transcript) {
    while (!transcript.empty()) {
        const auto end = std::min(transcript.find('\n'), transcript.size());
        text.append("      ").append(one_line(std::string(transcript.substr(0, end)))).append("\n");
        transcript.remove_prefix(std::min(end + 1, transcript.size()));
    }
}

std::string human_part(const Report& report) {
    std::string text("This is the mail service at ");
    text.append(one_line(report.reporting_host)).append(".\n\nYour message");
    if (!report.queue_id.empty()) text.append(" (").append(one_line(report.queue_id)).append(1, ')');
    text.append(" of ").append(format_date(report.arrived, report.zone)).append("\n");
    for (auto action : {ReportAction::failed, ReportAction::delayed, ReportAction::delivered, ReportAction::relayed,
                        ReportAction::expanded}) {
        bool told = false;
        for (const auto& recipient : report.recipients) {
            if (recipient.action != action) continue;
            if (!told) text.append("\n").append(explanation(action)).append("\n");
            told = true;
            text.append("\n  <").append(one_line(recipient.final_recipient, report.international)).append(">\n");
            const auto reason = one_line(recipient.diagnostic);
            if (reason.empty()) continue;
            text.append("    ");
            if (!recipient.remote_mta.empty()) text.append(one_line(recipient.remote_mta)).append(" said: ");
            text.append(reason).append("\n");
            append_transcript(text, recipient.transcript);
        }
    }
    text.append(report.returned == Report::Returned::whole ? "\nYour message is attached.\n"
                                                           : "\nThe header of your message is attached.\n");
    return text;
}

std::string recipient_fields(const RecipientReport& recipient, const Report& report) {
    const auto zone = report.zone;
    std::string out("\n");
    if (!recipient.original_recipient.empty())
        out += status_field("Original-Recipient", recipient.original_recipient, report.international);
    out += status_field("Final-Recipient", typed_address(recipient.final_recipient), report.international);
    out += status_field("Action", name(recipient.action));
    out += status_field("Status", recipient.status.text());
    if (!recipient.remote_mta.empty()) {
        out += status_field("Remote-MTA", "dns; " + recipient.remote_mta);
        if (!recipient.diagnostic.empty()) out += status_field("Diagnostic-Code", "smtp; " + recipient.diagnostic);
    } else if (!recipient.diagnostic.empty()) {
        out += status_field("Diagnostic-Code", "X-mdmail; " + recipient.diagnostic);
    }
    if (recipient.last_attempt) out += status_field("Last-Attempt-Date", format_date(*recipient.last_attempt, zone));
    if (recipient.action == ReportAction::delayed && recipient.retry_until)
        out += status_field("Will-Retry-Until", format_date(*recipient.retry_until, zone));
    return out;
}

std::string message_header(const Report& report, std::string_view boundary) {
    const auto host = one_line(report.reporting_host);
    std::string out;
    out += format_field("Date", format_date(report.now, report.zone));
    out += format_field("From", "Mail Delivery System <postmaster@" + host + ">");
    out += format_field("To", "<" + one_line(report.sender, report.international) + ">");
    out += format_field("Subject", subject(report));
    out += format_field("Message-ID", message_id(report.unique, host));
    out += format_field("Auto-Submitted", "auto-replied");
    out += format_field("MIME-Version", "1.0");
    out += format_field(
        "Content-Type",
        std::string("multipart/report; report-type=delivery-status;\n\tboundary=\"").append(boundary).append("\""));
    if (report.eight_bit || report.international) out += format_field("Content-Transfer-Encoding", "8bit");
    return out;
}

/// RFC 6522 §4, 6533 §4.
std::string_view returned_type(const Report& report) {
    const bool whole = report.returned == Report::Returned::whole;
    if (report.international) return whole ? "message/global" : "message/global-headers";
    return whole ? "message/rfc822" : "text/rfc822-headers";
}

}  // namespace

std::string_view name(ReportAction action) noexcept {
    switch (action) {
        case ReportAction::failed: return "failed";
        case ReportAction::delayed: return "delayed";
        case ReportAction::delivered: return "delivered";
        case ReportAction::relayed: return "relayed";
        case ReportAction::expanded: return "expanded";
    }
    return "failed";
}

ReportText format_report(const Report& report) {
    const auto boundary = "=_report_" + report.unique;
    const auto delimiter = "--" + boundary;
    ReportText text;
    auto& head = text.head;
    head = message_header(report, boundary);
    head += "\nThis is a delivery report in MIME format.\n";
    const std::string in_eight = report.international ? "Content-Transfer-Encoding: 8bit\n" : "";
    head += "\n" + delimiter + "\nContent-Type: text/plain; charset=" + (report.international ? "utf-8" : "us-ascii") +
            "\nContent-Description: Notification\n" + in_eight + "\n";
    head += human_part(report);
    head += "\n" + delimiter + "\nContent-Type: message/" + (report.international ? "global-" : "") +
            "delivery-status\nContent-Description: Delivery report\n" + in_eight + "\n";
    head += status_field("Reporting-MTA", "dns; " + report.reporting_host);
    if (!report.envelope_id.empty()) head += status_field("Original-Envelope-Id", report.envelope_id);
    head += status_field("Arrival-Date", format_date(report.arrived, report.zone));
    for (const auto& recipient : report.recipients) head += recipient_fields(recipient, report);
    head += "\n" + delimiter + "\nContent-Type: ";
    head += returned_type(report);
    head += "\nContent-Description: Undelivered message\n";
    if (report.eight_bit || report.international) head += "Content-Transfer-Encoding: 8bit\n";
    head += "\n";
    text.tail = "\n" + delimiter + "--\n";
    return text;
}

}  // namespace md::mail
