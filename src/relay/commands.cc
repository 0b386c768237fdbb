// relay/commands.cc - see commands.h

#include "relay/commands.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/strings.h"
#include "base/utf8.h"
#include "dns/name.h"
#include "mail/address.h"
#include "proto/smtp/path.h"

namespace md::relay {

using mail::Status;
using smtp::Extension;
using smtp::Offer;

namespace {

constexpr Status kTooLarge{5, 3, 4};
constexpr Status kBadSender{5, 1, 7};
constexpr Status kBadRecipient{5, 1, 3};
constexpr Status kNeedsSmtputf8{5, 6, 7};  // RFC 6531 §3.5
constexpr Status kNeedsEightBit{5, 6, 3};

/// It stands alone between the brackets.
bool is_path(const std::string& address, bool may_be_null) {
    const auto text = "<" + address + ">";
    std::string_view rest = text;
    const auto path = smtp::take_path(rest, mail::Utf8::allowed, true);
    return path && rest.empty() && (path->mailbox || may_be_null);
}

/// esmtp-value (RFC 5321 §4.1.2), with UTF-8 where that is spoken.
bool is_value(std::string_view text, bool utf8) {
    return !text.empty() && std::ranges::all_of(text, [utf8](char c) {
        const auto octet = static_cast<unsigned char>(c);
        return (octet > ' ' && octet < 0x7f) || (utf8 && octet >= 0x80);
    });
}

/// RFC 6533 §3: the characters that are not ASCII as "\\x{E9}", for who does not speak SMTPUTF8. `text` is UTF-8.
std::string embed_unicode(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size();) {
        const auto first = static_cast<unsigned char>(text[i++]);
        if (first < 0x80) {
            out.push_back(static_cast<char>(first));
            continue;
        }
        std::uint32_t point = first & (first >= 0xf0 ? 0x07U : first >= 0xe0 ? 0x0fU : 0x1fU);
        for (; i < text.size() && (static_cast<unsigned char>(text[i]) & 0xc0U) == 0x80; ++i)
            point = point << 6U | (static_cast<unsigned char>(text[i]) & 0x3fU);
        out.append(fmt::format("\\x{{{:X}}}", point));
    }
    return out;
}

/// As it came, but for an original recipient in UTF-8, which has a form in ASCII.
std::string value_of(const smtp::Parameter& parameter, bool utf8) {
    const bool embeds = !utf8 && parameter.name == "ORCPT" && starts_with_nocase(parameter.value, "utf-8;");
    return embeds && is_utf8(parameter.value) ? embed_unicode(parameter.value) : parameter.value;
}

void add_parameters(std::string& command, const std::vector<smtp::Parameter>& parameters,
                    std::initializer_list<std::string_view> wanted, const Offer& offer) {
    if (!offer.has(Extension::dsn)) return;
    const bool utf8 = offer.has(Extension::smtputf8);
    for (const auto& parameter : parameters) {
        if (std::ranges::find(wanted, parameter.name) == wanted.end()) continue;
        const auto value = value_of(parameter, utf8);
        if (is_value(value, utf8)) command.append(" ").append(parameter.name).append("=").append(value);
    }
}

/// As this server may be told it: RFC 6531 §3.2 counts a domain of A-labels as ASCII. What is still not is left so.
std::string spoken(const std::string& address, const Offer& offer) {
    const auto at = address.rfind('@');
    if (offer.has(Extension::smtputf8) || at == std::string::npos || mail::is_ascii(address)) return address;
    const auto domain = dns::to_query_name(std::string_view(address).substr(at + 1));
    return domain && mail::is_ascii(address.substr(0, at)) ? address.substr(0, at + 1) + *domain : address;
}

bool asks_for_smtputf8(const Cargo& cargo) {
    return cargo.smtputf8 || !mail::is_ascii(cargo.reverse_path) ||
           std::ranges::any_of(cargo.recipients, [](const auto& one) { return !mail::is_ascii(one.address); });
}

}  // namespace

std::optional<Outcome> lack_for_message(const Cargo& cargo, const Measure& measure, const Offer& offer) {
    if (!is_path(cargo.reverse_path, true)) return refused(kBadSender, "the sender's address is none");
    if (offer.size_limit > 0 && measure.wire_size > offer.size_limit)
        return refused(kTooLarge, "the message has " + std::to_string(measure.wire_size) +
                                      " octets, and the server takes " + std::to_string(offer.size_limit));
    // That the sender spoke SMTPUTF8 does not make a message internationalized (RFC 6531 §3.2).
    const bool utf8 = measure.utf8_header || !mail::is_ascii(spoken(cargo.reverse_path, offer));
    if (utf8 && !offer.has(Extension::smtputf8))
        return refused(kNeedsSmtputf8, "the message needs SMTPUTF8, which the server does not offer");
    const bool declared = cargo.body != smtp::Body::seven_bit;
    if (declared && measure.eight_bit && !offer.has(Extension::eight_bit_mime)) {
        auto outcome = refused(kNeedsEightBit, "the message needs 8BITMIME, which the server does not offer");
        outcome.needs_seven_bit = true;
        return outcome;
    }
    return std::nullopt;
}

std::optional<Outcome> lack_for_recipient(const CargoRecipient& recipient, const Offer& offer) {
    if (!is_path(recipient.address, false)) return refused(kBadRecipient, "the address is none");
    if (!mail::is_ascii(spoken(recipient.address, offer)) && !offer.has(Extension::smtputf8))
        return refused(kNeedsSmtputf8, "the address needs SMTPUTF8, which the server does not offer");
    return std::nullopt;
}

std::string mail_command(const Cargo& cargo, const Measure& measure, const Offer& offer, bool prdr) {
    auto command = "MAIL FROM:<" + spoken(cargo.reverse_path, offer) + ">";
    if (offer.has(Extension::size)) command.append(" SIZE=").append(std::to_string(measure.wire_size));
    // Also of a message that its sender did not declare as such: the octets are what matters to the server.
    if (measure.eight_bit && offer.has(Extension::eight_bit_mime)) command.append(" BODY=8BITMIME");
    if (asks_for_smtputf8(cargo) && offer.has(Extension::smtputf8)) command.append(" SMTPUTF8");
    if (prdr) command.append(" PRDR");
    add_parameters(command, cargo.parameters, {"RET", "ENVID"}, offer);
    return command;
}

std::string rcpt_command(const CargoRecipient& recipient, const Offer& offer) {
    auto command = "RCPT TO:<" + spoken(recipient.address, offer) + ">";
    add_parameters(command, recipient.parameters, {"NOTIFY", "ORCPT"}, offer);
    return command;
}

}  // namespace md::relay
