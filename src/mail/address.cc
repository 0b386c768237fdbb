// mail/address.cc - see address.h

#include "mail/address.h"

#include <arpa/inet.h>

#include <algorithm>

#include "base/strings.h"
#include "base/utf8.h"

namespace md::mail {

namespace {

bool is_ip(int family, std::string_view text) noexcept {
    char buffer[INET6_ADDRSTRLEN + 1];
    unsigned char address[sizeof(in6_addr)];
    if (text.empty() || text.size() >= sizeof buffer || text.find('\0') != std::string_view::npos) return false;
    *std::copy(text.begin(), text.end(), buffer) = '\0';
    return inet_pton(family, buffer, address) == 1;
}

bool is_non_ascii(char c) noexcept {
    return static_cast<unsigned char>(c) >= 0x80;
}

/// Dot-string (RFC 5321 §4.1.2, 6531 §3.3): atoms with single dots between them.
bool is_dot_string(std::string_view text) noexcept {
    char before = '.';
    for (const char c : text) {
        if (c == '.' ? before == '.' : !is_atext(c) && !is_non_ascii(c)) return false;
        before = c;
    }
    return before != '.';
}

/// Quoted-string: takes it from the front of `text` and unquotes it.
std::optional<std::string> take_quoted(std::string_view& text) {
    std::string content;
    for (std::size_t at = 1; at < text.size(); ++at) {
        auto c = text[at];
        if (c == '"') {
            text.remove_prefix(at + 1);
            return content;
        }
        if (c == '\\') {
            if (++at == text.size()) break;
            c = text[at];
        }
        if (is_control(c)) break;  // qtextSMTP and quoted-pairSMTP are printable
        content.push_back(c);
    }
    return std::nullopt;
}

std::optional<std::string> take_local_part(std::string_view& text) {
    if (text.front() == '"') return take_quoted(text);
    const auto atoms = text.substr(0, text.find('@'));
    if (!is_dot_string(atoms)) return std::nullopt;
    text.remove_prefix(atoms.size());
    return std::string(atoms);
}

}  // namespace

bool is_atext(char c) noexcept {
    return is_alpha(c) || is_digit(c) ||
           (c != '\0' && std::string_view("!#$%&'*+-/=?^_`{|}~").find(c) != std::string_view::npos);
}

bool is_ascii(std::string_view text) noexcept {
    return std::none_of(text.begin(), text.end(), is_non_ascii);
}

bool is_domain(std::string_view text, Utf8 utf8) noexcept {
    if (text.empty() || text.size() > kDomainLimit) return false;
    for (;;) {
        const auto label = text.substr(0, text.find('.'));
        const bool ascii = is_ascii(label);
        if (!ascii && utf8 == Utf8::refused) return false;
        // A U-label's length is known once it is an A-label.
        if (label.empty() || (ascii && label.size() > kLabelLimit) || label.front() == '-' || label.back() == '-')
            return false;
        for (const char c : label)
            if (!is_alpha(c) && !is_digit(c) && c != '-' && c != '_' && !is_non_ascii(c)) return false;
        if (label.size() == text.size()) return true;
        text.remove_prefix(label.size() + 1);
    }
}

bool is_address_literal(std::string_view text) noexcept {
    if (text.size() < 2 || text.front() != '[' || text.back() != ']') return false;
    text = text.substr(1, text.size() - 2);
    constexpr std::string_view tag = "IPv6:";
    if (starts_with_nocase(text, tag)) return is_ip(AF_INET6, text.substr(tag.size()));
    return is_ip(AF_INET, text);
}

std::string address_literal(std::string_view ip) {
    const auto* tag = ip.find(':') == std::string_view::npos ? "[" : "[IPv6:";
    return std::string(tag).append(ip).append(1, ']');
}

Result<Address, AddressFault> parse_mailbox(std::string_view text, Utf8 utf8) {
    if (text.empty()) return fail(AddressFault::empty);
    if (text.size() > kMailboxLimit) return fail(AddressFault::too_long);
    if (utf8 == Utf8::refused && !is_ascii(text)) return fail(AddressFault::not_ascii);
    if (!is_utf8(text)) return fail(AddressFault::not_utf8);
    auto local_part = take_local_part(text);
    if (!local_part || local_part->empty()) return fail(AddressFault::bad_local_part);
    if (text.empty()) return fail(AddressFault::no_domain);
    if (text.front() != '@') return fail(AddressFault::bad_local_part);
    text.remove_prefix(1);
    if (text.empty()) return fail(AddressFault::no_domain);
    if (text.front() == '[') {
        if (!is_address_literal(text)) return fail(AddressFault::bad_literal);
    } else if (!is_domain(text, utf8)) {
        return fail(AddressFault::bad_domain);
    }
    return Address{std::move(*local_part), std::string(text)};
}

std::string Address::text() const {
    std::string out;
    if (is_dot_string(local_part) || local_part.empty()) {
        out = local_part;
    } else {
        out.push_back('"');
        for (const char c : local_part) {
            if (c == '"' || c == '\\') out.push_back('\\');
            out.push_back(c);
        }
        out.push_back('"');
    }
    if (!domain.empty()) out.append(1, '@').append(domain);
    return out;
}

std::string_view describe(AddressFault fault) noexcept {
    switch (fault) {
        case AddressFault::empty: return "address is empty";
        case AddressFault::bad_local_part: return "malformed local part";
        case AddressFault::no_domain: return "address without a domain";
        case AddressFault::bad_domain: return "malformed domain";
        case AddressFault::bad_literal: return "malformed address literal";
        case AddressFault::too_long: return "address too long";
        case AddressFault::not_ascii: return "address needs SMTPUTF8";
        case AddressFault::not_utf8: return "address is no UTF-8";
    }
    return "malformed address";
}

}  // namespace md::mail
