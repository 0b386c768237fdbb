// proto/smtp/xclient.cc - see xclient.h

#include "proto/smtp/xclient.h"

#include <algorithm>
#include <array>

#include "base/strings.h"
#include "mail/address.h"
#include "proto/smtp/parameters.h"

namespace md::smtp {

namespace {

/// Empty: unknown.
using Reader = bool (*)(const std::string& value, Xclient& out);

bool read_name(const std::string& value, Xclient& out) {
    out.name = value;
    return value.empty() || mail::is_domain(value);
}

std::optional<IpAddress> address_of(std::string_view value) {
    constexpr std::string_view tag = "IPv6:";
    const bool tagged = starts_with_nocase(value, tag);
    const auto address = IpAddress::parse(tagged ? value.substr(tag.size()) : value);
    return address && (tagged || !address->v6()) ? address : std::nullopt;
}

bool read_address(const std::string& value, Xclient& out) {
    out.address = value.empty() ? std::nullopt : address_of(value);
    return value.empty() || out.address->has_value();
}

bool read_port(const std::string& value, Xclient& out) {
    out.port = value.empty() ? 0 : parse_number<std::uint16_t>(value);
    return out.port.has_value();
}

bool read_protocol(const std::string& value, Xclient&) {
    return value.empty() || equal_nocase(value, "SMTP") || equal_nocase(value, "ESMTP");
}

bool read_helo(const std::string& value, Xclient& out) {
    out.helo = value;
    return value.empty() || mail::is_domain(value) || mail::is_address_literal(value);
}

bool read_login(const std::string& value, Xclient& out) {
    out.login = value;
    return value.empty() || mail::parse_mailbox(value, mail::Utf8::allowed).has_value();
}

bool read_destination(const std::string& value, Xclient&) {
    return value.empty() || address_of(value).has_value();
}

bool read_destination_port(const std::string& value, Xclient&) {
    return value.empty() || parse_number<std::uint16_t>(value).has_value();
}

struct Attribute {
    std::string_view name;
    Reader read;
};

constexpr std::array kAttributes{
    Attribute{"NAME", read_name},
    Attribute{"ADDR", read_address},
    Attribute{"PORT", read_port},
    Attribute{"PROTO", read_protocol},
    Attribute{"HELO", read_helo},
    Attribute{"LOGIN", read_login},
    Attribute{"DESTADDR", read_destination},
    Attribute{"DESTPORT", read_destination_port},
};

Reply bad(std::string_view what, std::string_view word) {
    return {501, {5, 5, 4}, std::string(what) + printable(word, 40)};
}

}  // namespace

Result<Xclient, Reply> parse_xclient(std::string_view argument) {
    Xclient out;
    std::uint32_t seen = 0;
    for (const auto word : split(argument, ' ')) {
        if (word.empty()) continue;
        const auto name = word.substr(0, word.find('='));
        const auto* attribute = std::find_if(kAttributes.begin(), kAttributes.end(),
                                             [&](const Attribute& one) { return equal_nocase(one.name, name); });
        if (attribute == kAttributes.end()) return fail(bad("Unknown attribute ", name));
        const auto bit = 1U << static_cast<unsigned>(attribute - kAttributes.begin());
        if ((seen & bit) != 0) return fail(bad("Attribute given twice: ", name));
        seen |= bit;
        auto value = decode_xtext(word.substr(std::min(name.size() + 1, word.size())));
        if (!value || value->empty() || std::any_of(value->begin(), value->end(), is_control))
            return fail(bad("Bad value of attribute ", name));
        if (equal_nocase(*value, "[UNAVAILABLE]") || equal_nocase(*value, "[TEMPUNAVAIL]")) value->clear();
        if (!attribute->read(*value, out)) return fail(bad("Bad value of attribute ", name));
    }
    return out;
}

}  // namespace md::smtp
