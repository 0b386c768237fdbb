// proto/smtp/path.cc - see path.h

#include "proto/smtp/path.h"

#include "base/strings.h"

namespace md::smtp {

namespace {

using mail::AddressFault;

/// Where the '>' stands that closes the '<' at the front, quoted ones passed over.
std::optional<std::size_t> closing_bracket(std::string_view text) noexcept {
    bool quoted = false;
    for (std::size_t at = 1; at < text.size(); ++at) {
        const char c = text[at];
        if (quoted && c == '\\') {
            ++at;
        } else if (c == '"') {
            quoted = !quoted;
        } else if (c == '>' && !quoted) {
            return at;
        }
    }
    return std::nullopt;
}

/// Drops "@one,@two:" from the front; false if what begins so is no source route.
bool drop_source_route(std::string_view& text, mail::Utf8 utf8) noexcept {
    while (!text.empty() && text.front() == '@') {
        const auto end = text.find_first_of(",:");
        if (end == std::string_view::npos) return false;
        const auto domain = text.substr(1, end - 1);
        if (!mail::is_domain(domain, utf8) && !mail::is_address_literal(domain)) return false;
        const char separator = text[end];
        text.remove_prefix(end + 1);
        if (separator == ':') return true;
    }
    return false;  // a comma that no '@' follows
}

}  // namespace

Result<Path, PathFault> take_path(std::string_view& text, mail::Utf8 utf8, bool bare) {
    if (text.empty() || text.front() != '<') return fail(PathFault{AddressFault::empty, true});
    const auto close = closing_bracket(text);
    if (!close) return fail(PathFault{AddressFault::empty, true});
    if (*close + 1 > kPathLimit) return fail(PathFault{AddressFault::too_long, false});
    auto inside = text.substr(1, *close - 1);
    text.remove_prefix(*close + 1);
    if (inside.empty()) return Path{};
    // An IPv6 literal has colons too: only '@' at the front begins a route.
    if (inside.front() == '@' && !drop_source_route(inside, utf8))
        return fail(PathFault{AddressFault::bad_domain, false});
    if (equal_nocase(inside, "postmaster")) return Path{mail::Address{std::string(inside), {}}};
    auto mailbox = mail::parse_mailbox(inside, utf8);
    if (!mailbox && bare && mailbox.error() == AddressFault::no_domain) {
        mailbox = mail::parse_mailbox(std::string(inside) + "@localhost", utf8);
        if (mailbox) mailbox->domain.clear();
    }
    if (!mailbox) return fail(PathFault{mailbox.error(), false});
    return Path{std::move(*mailbox)};
}

}  // namespace md::smtp
