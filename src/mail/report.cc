// mail/report.cc - see report.h

#include "mail/report.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/strings.h"
#include "base/utf8.h"
#include "mail/date.h"
#include "mail/encoded_word.h"
#include "mail/header_edit.h"
#include "mail/quoted_printable_encoder.h"
#include "mail/trace.h"

namespace md::mail {

namespace {

constexpr std::size_t kTextLimit = 2000;
constexpr std::size_t kLineLimit = 900;  ///< in the part for people, whose lines are not folded (RFC 5322 §2.1.1)

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

bool is_ascii(std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

/// The character at the front of well-formed UTF-8, which goes with it.
std::uint32_t take_character(std::string_view& text) {
    const auto first = static_cast<unsigned char>(text.front());
    const std::size_t size = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
    std::uint32_t code = size == 1 ? first : first & (0x7FU >> size);
    for (std::size_t i = 1; i < size; ++i) code = code << 6U | (static_cast<unsigned char>(text[i]) & 0x3FU);
    text.remove_prefix(size);
    return code;
}

/// At least two digits.
std::string hex_point(std::uint32_t code) {
    char digits[8];
    const auto end = std::to_chars(digits, digits + sizeof digits, code, 16).ptr;
    return (code < 0x10 ? "0" : "") + upper(std::string_view(digits, static_cast<std::size_t>(end - digits)));
}

/// RFC 6533 §3: utf-8-addr-xtext, for fields that are ASCII.
std::string in_xtext(std::string_view address) {
    std::string out;
    while (!address.empty()) {
        const auto code = take_character(address);
        if (code > 0x20 && code < 0x7F && code != '\\' && code != '+' && code != '=')
            out.push_back(static_cast<char>(code));
        else
            out.append("\\x{").append(hex_point(code)).append("}");
    }
    return out;
}

/// "TYPE; ADDRESS" as it stands in the field. RFC 6533 §3: an address with more than ASCII has a type of its own.
std::string typed_address(std::string_view address, bool international) {
    if (is_ascii(address)) return "rfc822; " + std::string(address);
    return "utf-8; " + (international || !is_utf8(address) ? std::string(address) : in_xtext(address));
}

/// As ORCPT brought it, but for what may not stand there as it is.
std::string original_recipient(const std::string& typed, bool international) {
    const auto semicolon = typed.find(';');
    const bool fits = international || is_ascii(typed) || !is_utf8(typed) || semicolon == std::string::npos;
    return fits ? typed : typed.substr(0, semicolon + 1) + in_xtext(std::string_view(typed).substr(semicolon + 1));
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

constexpr std::array kActions{ReportAction::failed, ReportAction::delayed, ReportAction::delivered,
                              ReportAction::relayed, ReportAction::expanded};

bool tells(const Report& report, ReportAction action) {
    return std::ranges::find(report.recipients, action, &RecipientReport::action) != report.recipients.end();
}

/// For people who have to ask the other site's.
void append_transcript(std::string& text, std::string_view transcript) {
    while (!transcript.empty()) {
        const auto end = std::min(transcript.find('\n'), transcript.size());
        text.append("\n      ").append(one_line(transcript.substr(0, end)).substr(0, kLineLimit));
        transcript.remove_prefix(std::min(end + 1, transcript.size()));
    }
}

/// Whom that became of, each with the reason; an empty line before each.
std::string listed(const Report& report, ReportAction action, const ReportWords& words) {
    std::string text;
    for (const auto& recipient : report.recipients) {
        if (recipient.action != action) continue;
        text.append(text.empty() ? "\n  <" : "\n\n  <");
        text.append(one_line(recipient.final_recipient, true)).append(">");
        auto reason = one_line(recipient.diagnostic).substr(0, kLineLimit);
        if (reason.empty()) continue;
        if (!recipient.remote_mta.empty()) {
            const std::array said{Filling("host", one_line(recipient.remote_mta)), Filling("reply", reason)};
            reason = fill_line(words.said, said);
        }
        text.append("\n    ").append(reason);
        append_transcript(text, recipient.transcript);
    }
    return text;
}

std::vector<Filling> fillings_for(const Report& report, const ReportWords& words) {
    const bool whole = report.returned == Report::Returned::whole;
    std::vector<Filling> out;
    out.emplace_back("hostname", one_line(report.reporting_host));
    out.emplace_back("id", one_line(report.queue_id));
    out.emplace_back("date", format_date(report.arrived, report.zone));
    out.emplace_back("sender", one_line(report.sender, true));
    for (const auto action : kActions)
        out.emplace_back(name(action), listed(report, action, words), tells(report, action));
    out.emplace_back("message-attached", "", whole);
    out.emplace_back("header-attached", "", !whole);
    return out;
}

/// Nothing is left unsaid: what an administrator's words have no place for is told in the built-in ones.
const ReportWords& words_for(const Report& report) {
    const auto& built_in = built_in_words(kind_of(report));
    if (report.words == nullptr) return built_in;
    const bool fit = std::ranges::all_of(
        kActions, [&](auto action) { return !tells(report, action) || has_place_for(*report.words, name(action)); });
    return fit ? *report.words : built_in;
}

/// The part for people with its header: ASCII where it can be, else UTF-8, which needs no 8BITMIME on its way unless
/// the whole report does anyway.
std::string human_part(const Report& report, const ReportWords& words, std::span<const Filling> fillings) {
    const auto text = fill_text(words.text, fillings);
    const bool plain = !report.international && is_ascii(text);
    std::string out("Content-Type: text/plain; charset=");
    out.append(plain ? "us-ascii" : "utf-8").append("\nContent-Description: Notification\nContent-Language: ");
    out.append(words.language).append("\n");
    if (plain || report.international)
        return out.append(report.international ? "Content-Transfer-Encoding: 8bit\n\n" : "\n").append(text);
    out.append("Content-Transfer-Encoding: quoted-printable\n\n");
    QuotedPrintableEncoder encoder(QuotedPrintableEncoder::Source::text);
    encoder.feed(text, out);
    encoder.finish(out);
    return out;
}

std::string recipient_fields(const RecipientReport& recipient, const Report& report) {
    const auto zone = report.zone;
    std::string out("\n");
    if (!recipient.original_recipient.empty())
        out +=
            status_field("Original-Recipient", original_recipient(recipient.original_recipient, report.international),
                         report.international);
    out += status_field("Final-Recipient", typed_address(recipient.final_recipient, report.international),
                        report.international);
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

std::string message_header(const Report& report, const std::string& subject, std::string_view boundary) {
    const auto host = one_line(report.reporting_host);
    std::string out;
    out += format_field("Date", format_date(report.now, report.zone));
    out += format_field("From", "Mail Delivery System <postmaster@" + host + ">");
    out += format_field("To", "<" + one_line(report.sender, report.international) + ">");
    out += format_field("Subject", encode_words(subject));
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

ReportKind kind_of(const Report& report) noexcept {
    if (tells(report, ReportAction::failed)) return ReportKind::failure;
    const bool delays =
        std::ranges::all_of(report.recipients, [](const auto& one) { return one.action == ReportAction::delayed; });
    return delays ? ReportKind::delay : ReportKind::success;
}

ReportText format_report(const Report& report) {
    const auto boundary = "=_report_" + report.unique;
    const auto delimiter = "--" + boundary;
    ReportText text;
    auto& head = text.head;
    const auto& words = words_for(report);
    const auto fillings = fillings_for(report, words);
    head = message_header(report, fill_line(words.subject, fillings), boundary);
    head += "\nThis is a delivery report in MIME format.\n";
    const std::string in_eight = report.international ? "Content-Transfer-Encoding: 8bit\n" : "";
    head += "\n" + delimiter + "\n";
    head += human_part(report, words, fillings);
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
