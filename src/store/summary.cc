// store/summary.cc - see summary.h

#include "store/summary.h"

#include <algorithm>
#include <array>

#include "base/strings.h"
#include "mail/envelope.h"
#include "mail/header.h"
#include "proto/imap/body_structure.h"
#include "proto/imap/envelope.h"

namespace md::store {

namespace {

using mail::Part;

/// What Thunderbird, Apple Mail, Outlook, mutt, K-9 and others ask for in their lists of messages; in lower case,
/// sorted. A change of this list is a new version of the file (kCacheMagic).
constexpr std::array<std::string_view, 37> kCommonFields{
    "authentication-results",
    "auto-submitted",
    "bcc",
    "cc",
    "content-disposition",
    "content-language",
    "content-type",
    "content-transfer-encoding",
    "date",
    "delivered-to",
    "from",
    "importance",
    "in-reply-to",
    "list-archive",
    "list-help",
    "list-id",
    "list-owner",
    "list-post",
    "list-subscribe",
    "list-unsubscribe",
    "list-unsubscribe-post",
    "mail-followup-to",
    "message-id",
    "mime-version",
    "newsgroups",
    "precedence",
    "priority",
    "references",
    "reply-to",
    "return-path",
    "sender",
    "subject",
    "to",
    "x-label",
    "x-mailer",
    "x-priority",
    "x-spam-flag",
};

bool ends_header(std::string_view line) noexcept {
    return line == "\n" || line == "\r\n";
}

}  // namespace

bool is_common_field(std::string_view name) noexcept {
    return std::any_of(kCommonFields.begin(), kCommonFields.end(),
                       [&](std::string_view common) { return equal_nocase(name, common); });
}

const PartPlace* BodySummary::find(std::span<const std::uint32_t> section) const noexcept {
    const auto at = mail::find_part(parts, section);
    return at ? &parts[*at] : nullptr;
}

HeaderSummary summarise_header(std::string_view header) {
    mail::HeaderLimits limits;
    limits.skip_broken = true;
    mail::HeaderScanner scanner(header, limits);
    mail::Envelope envelope;
    HeaderSummary summary;
    while (const auto field = scanner.next()) {
        envelope.add(field->name, field->value);
        if (is_common_field(field->name)) summary.fields += field->whole;
    }
    const auto blank = header.substr(scanner.header_size(), scanner.body_offset() - scanner.header_size());
    if (ends_header(blank)) summary.fields += blank;
    summary.keys = keys_of(summary.fields);
    imap::AddressBudget budget;
    imap::append_envelope(summary.envelope, envelope, budget);
    return summary;
}

BodySummary summarise_body(const mail::Structure& structure) {
    BodySummary summary;
    imap::append_body_structure(summary.structure, structure, false);
    imap::append_body_structure(summary.extended_structure, structure, true);
    summary.file_size = structure.parts.front().end;
    summary.parts.reserve(structure.parts.size());
    for (const auto& part : structure.parts)
        summary.parts.push_back({part.kind, mail::encoding_of(part.encoding), part.next, part.header, part.body,
                                 part.end, part.header_size, part.body_size});
    return summary;
}

}  // namespace md::store
