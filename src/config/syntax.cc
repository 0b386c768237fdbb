// config/syntax.cc - see syntax.h

#include "config/syntax.h"

#include <algorithm>
#include <array>

#include "base/address.h"
#include "base/strings.h"
#include "config/route.h"
#include "config/value.h"

namespace md::config {

namespace {

bool is_port(std::string_view text) {
    const auto port = parse_number<std::uint16_t>(text);
    return port && *port > 0;
}

/// "[2001:db8::1]:53" or "192.0.2.1:53"; no name, for that would have to be looked up.
bool is_address_and_port(std::string_view text) {
    const auto colon = text.rfind(':');
    if (colon == std::string_view::npos || !is_port(text.substr(colon + 1))) return false;
    auto host = text.substr(0, colon);
    if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
        host = host.substr(1, host.size() - 2);
    } else if (host.find(':') != std::string_view::npos) {
        return false;
    }
    return is_address(host);
}

bool is_unix_path(std::string_view text) {
    constexpr std::string_view scheme = "unix:/";
    // sun_path of unix(7) has 108 octets, its end included.
    return text.starts_with(scheme) && text.size() > scheme.size() && text.size() - scheme.size() < 107;
}

bool is_resolver(std::string_view text) {
    return is_address(text) || is_address_and_port(text);
}
bool is_listen(std::string_view text) {
    return text == "*" || is_address(text) || is_unix_path(text);
}
bool is_milter_place(std::string_view text) {
    constexpr std::string_view inet = "inet:";
    return is_unix_path(text) || (text.starts_with(inet) && is_address_and_port(text.substr(inet.size())));
}
bool is_milter(std::string_view text) {
    return text == "mdfilterd" || is_milter_place(text);
}
bool is_sender(std::string_view text) {
    const auto at = text.rfind('@');
    if (at == 0 || std::any_of(text.begin(), text.end(), [](char c) { return is_control(c) || is_space(c); }))
        return false;
    return is_host_name(at == std::string_view::npos ? text : text.substr(at + 1));
}
bool is_mailbox(std::string_view text) {
    return text.find('@') != std::string_view::npos && is_sender(text);
}
bool is_id_field(std::string_view text) {
    constexpr std::size_t name_limit = 30;  // RFC 2971 §3.3
    constexpr std::size_t value_limit = 1024;
    const auto equals = text.find('=');
    return equals != std::string_view::npos && equals > 0 && equals <= name_limit &&
           text.size() - equals - 1 <= value_limit && std::none_of(text.begin(), text.end(), is_control);
}
bool is_folder(std::string_view text) {
    constexpr std::array<std::string_view, 5> uses{"archive", "drafts", "junk", "sent", "trash"};
    const auto colon = text.rfind(':');
    const auto name = text.substr(0, colon);
    if (name.empty() || name.front() == '/' || name.back() == '/' || std::any_of(name.begin(), name.end(), is_control))
        return false;
    return colon == std::string_view::npos || std::find(uses.begin(), uses.end(), text.substr(colon + 1)) != uses.end();
}
bool is_expire(std::string_view text) {
    return text.empty() || equal_nocase(text, "never") || parse_number<std::uint16_t>(text).has_value();
}

bool is_helo(std::string_view text) {
    return text.empty() || is_host_name(text);
}
bool is_route(std::string_view text) {
    return parse_route_target(text).has_value();
}

bool is_rate(std::string_view text) {
    return parse_rate(text).has_value();
}

constexpr std::array kSyntaxes{
    Syntax{"host", "a host name", is_host_name},
    Syntax{"address", "an address such as user@example.org", is_mailbox},
    Syntax{"resolver", "\"ADDRESS\" or \"ADDRESS:PORT\" with a numeric address", is_resolver},
    Syntax{"listen", "a numeric address, \"*\" or \"unix:/path\"", is_listen},
    Syntax{"milter", "\"mdfilterd\", \"unix:/path\" or \"inet:[ADDRESS]:PORT\" with a numeric address", is_milter},
    Syntax{"milter-place", "\"unix:/path\" or \"inet:[ADDRESS]:PORT\" with a numeric address", is_milter_place},
    Syntax{"expire", "\"never\", a number of days or \"\"", is_expire},
    Syntax{"folder", "NAME or NAME:USE, a use one of archive, drafts, junk, sent and trash", is_folder},
    Syntax{"id-field", "FIELD=VALUE, the field's name 1 to 30 octets", is_id_field},
    Syntax{"rate", "messages in a time, as \"100/1h\"", is_rate},
    Syntax{"sender", "an address or a domain", is_sender},
    Syntax{"address-number", "a numeric address", is_address},
    Syntax{"helo", "a host name or \"\"", is_helo},
    Syntax{"route", "\"smtp:[HOST]:PORT\", \"smtp:DOMAIN\", \"lmtp:[HOST]:PORT\" or \"lmtp:unix:/path\"", is_route},
    Syntax{"route-domain", "a domain, \"*.DOMAIN\" or \"*\"", is_route_domain},
};

}  // namespace

const Syntax* find_syntax(std::string_view name) noexcept {
    const auto* const found =
        std::find_if(kSyntaxes.begin(), kSyntaxes.end(), [&](const Syntax& s) { return s.name == name; });
    return found == kSyntaxes.end() ? nullptr : found;
}

bool is_host_name(std::string_view text) noexcept {
    constexpr std::size_t kLongestName = 253;
    constexpr std::size_t kLongestLabel = 63;
    if (text.empty() || text.size() > kLongestName) return false;
    std::size_t label = 0;
    char before = '.';
    for (const char c : text) {
        if (c == '.') {
            if (label == 0 || before == '-') return false;
            label = 0;
        } else {
            if (!is_alpha(c) && !is_digit(c) && c != '-') return false;
            if ((label == 0 && c == '-') || ++label > kLongestLabel) return false;
        }
        before = c;
    }
    return label > 0 && before != '-';
}

bool is_address(std::string_view text) {
    return text.find('/') == std::string_view::npos && Network::parse(text).has_value();
}

}  // namespace md::config
