// policy/entry.cc - see entry.h

#include "policy/entry.h"

#include <algorithm>
#include <array>

#include "base/address.h"
#include "base/bytes.h"
#include "base/strings.h"
#include "base/utf8.h"
#include "dns/name.h"
#include "mail/address.h"

namespace md::policy {

namespace {

constexpr std::uint8_t kOldestVersion = 1;  ///< without `who`
constexpr std::uint8_t kRecordVersion = 2;

struct ListRow {
    List list;
    std::string_view name;
};
constexpr std::array kLists{ListRow{List::black, "blacklist"}, ListRow{List::white, "whitelist"},
                            ListRow{List::ban, "bans"}};

struct KindRow {
    Kind kind;
    std::string_view name;
    bool listed;
    bool banned;
};
constexpr std::array kKinds{
    KindRow{Kind::ip, "ip", true, true},         KindRow{Kind::host, "host", true, false},
    KindRow{Kind::sender, "sender", true, true}, KindRow{Kind::recipient, "recipient", true, false},
    KindRow{Kind::helo, "helo", true, false},    KindRow{Kind::account, "account", false, true},
};

Result<std::string, ValueFault> canonical_network(std::string_view text) {
    const auto network = Network::parse(text);
    if (!network)
        return fail(ValueFault{
            "an address or a network such as 192.0.2.0/24 or 2001:db8::/32, without bits behind the prefix"});
    return network->text();
}

bool is_ascii(std::string_view text) {
    return std::none_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) >= 0x80; });
}

bool fit_for_pattern(std::string_view text) {
    return is_utf8(text) && std::none_of(text.begin(), text.end(),
                                         [](char c) { return is_control(c) || is_space(c) || c == '<' || c == '>'; });
}

/// Of a sender or a recipient: "user@domain", "*@domain" or a pattern; empty: none of these.
std::string canonical_address(std::string_view text) {
    if (text.starts_with('<') && text.ends_with('>')) text = text.substr(1, text.size() - 2);
    auto value = text.find('@') == std::string_view::npos ? "*@" + std::string(text) : std::string(text);
    value = comparable(value);
    const bool any_at_domain = value.starts_with("*@") && mail::is_domain(std::string_view(value).substr(2));
    const bool pattern = value.find('*') != std::string::npos && fit_for_pattern(value) && value.size() > 2;
    if (any_at_domain || pattern) return value;
    const auto address = mail::parse_mailbox(value, mail::Utf8::allowed);
    // What a quoted local part may have is not worth a text format that can tell it.
    return address && fit_for_pattern(address->text()) ? address->text() : std::string();
}

Result<std::string, ValueFault> canonical_sender(std::string_view text) {
    if (text == "<>") return std::string(text);
    auto value = canonical_address(text);
    if (value.empty())
        return fail(ValueFault{"an address, a domain, \"*@domain\", a pattern with * or \"<>\" for the null sender"});
    return value;
}

Result<std::string, ValueFault> canonical_recipient(std::string_view text) {
    auto value = text == "<>" ? std::string() : canonical_address(text);
    if (value.empty()) return fail(ValueFault{"an address, a domain, \"*@domain\" or a pattern with *"});
    return value;
}

/// RFC 5321 §4.1.1.1 has HELO say a domain or an address literal; what clients really say is any word.
Result<std::string, ValueFault> canonical_name(std::string_view text, std::string_view example) {
    if (text.size() > 1 && text.ends_with('.')) text.remove_suffix(1);
    auto value = comparable(text);
    const bool only_stars = value.find_first_not_of('*') == std::string::npos;
    if (!is_ascii(value) || !fit_for_pattern(value) || value.find('@') != std::string::npos || only_stars)
        return fail(ValueFault{"a name such as " + std::string(example) + ", or a pattern such as *.example.org"});
    return value;
}

Result<std::string, ValueFault> canonical_account(std::string_view text) {
    const auto address = mail::parse_mailbox(comparable(text), mail::Utf8::allowed);
    if (!address || address->has_literal() || !fit_for_pattern(address->text()) || is_pattern(address->text()))
        return fail(ValueFault{"the address of an account"});
    return address->text();
}

std::int64_t count_of(WallTime time) {
    return time.time_since_epoch().count();
}

WallTime from_microseconds(std::uint64_t count) {
    return WallTime(std::chrono::microseconds(static_cast<std::int64_t>(count)));
}

}  // namespace

bool holds(List list, Kind kind) noexcept {
    const auto row = std::find_if(kKinds.begin(), kKinds.end(), [kind](const KindRow& r) { return r.kind == kind; });
    return row != kKinds.end() && (list == List::ban ? row->banned : row->listed);
}

std::string_view kinds_of(List list) noexcept {
    return list == List::ban ? "ip, account or sender" : "ip, host, sender, recipient or helo";
}

std::string_view name(List list) noexcept {
    const auto row = std::find_if(kLists.begin(), kLists.end(), [list](const ListRow& r) { return r.list == list; });
    return row == kLists.end() ? std::string_view() : row->name;
}

std::string_view name(Kind kind) noexcept {
    const auto row = std::find_if(kKinds.begin(), kKinds.end(), [kind](const KindRow& r) { return r.kind == kind; });
    return row == kKinds.end() ? std::string_view() : row->name;
}

std::optional<List> parse_list(std::string_view text) noexcept {
    for (const auto& row : kLists)
        if (row.name == text) return row.list;
    return std::nullopt;
}

std::optional<Kind> parse_kind(std::string_view text) noexcept {
    for (const auto& row : kKinds)
        if (row.name == text) return row.kind;
    return std::nullopt;
}

std::string comparable(std::string_view text) {
    auto out = lower(text);
    const auto at = out.rfind('@');
    const auto begin = at == std::string::npos ? 0 : at + 1;
    const auto domain = std::string_view(out).substr(begin);
    if (is_ascii(domain)) return out;
    if (const auto labels = dns::to_query_name(domain)) out.replace(begin, std::string::npos, *labels);
    return out;
}

Result<std::string, ValueFault> canonical(Kind kind, std::string_view text) {
    if (text.empty() || text.size() > kLongestValue)
        return fail(ValueFault{"1 to " + std::to_string(kLongestValue) + " characters"});
    switch (kind) {
        case Kind::ip: return canonical_network(text);
        case Kind::sender: return canonical_sender(text);
        case Kind::recipient: return canonical_recipient(text);
        case Kind::host: return canonical_name(text, "mail.example.org");
        case Kind::helo: return canonical_name(text, "mail.example.org or [192.0.2.1]");
        case Kind::account: return canonical_account(text);
    }
    return fail(ValueFault{std::string(kinds_of(List::black))});
}

std::optional<std::string> canonical_scope(std::string_view text) {
    if (text.find('@') == std::string_view::npos)
        return mail::is_domain(comparable(text)) ? std::optional(comparable(text)) : std::nullopt;
    auto account = canonical_account(text);
    return account ? std::optional(std::move(*account)) : std::nullopt;
}

std::string clean_comment(std::string_view text, std::size_t longest) {
    std::string clean(text.substr(0, longest));
    // A cut within a character leaves octets that are none.
    while (!clean.empty() && !is_utf8(clean) && text.size() > longest && clean.size() + 4 > longest) clean.pop_back();
    std::replace_if(clean.begin(), clean.end(), is_control, ' ');
    if (!is_utf8(clean))
        std::replace_if(
            clean.begin(), clean.end(), [](char c) { return c < 0; }, '?');
    return std::string(trim(clean));  // last: what stood for a control octet is a blank at an end like any other
}

bool is_pattern(std::string_view value) noexcept {
    return value.find('*', value.starts_with("*@") ? 1 : 0) != std::string_view::npos;
}

bool is_suffix(Kind kind, std::string_view value) noexcept {
    const bool address = kind == Kind::sender || kind == Kind::recipient;
    const std::string_view head = address ? "*@*." : "*.";
    return kind != Kind::ip && value.starts_with(head) && mail::is_domain(value.substr(head.size()));
}

std::size_t precision(Kind kind, std::string_view value) noexcept {
    if (kind == Kind::ip) {
        const auto slash = value.rfind('/');
        return slash == std::string_view::npos ? 0 : parse_number<std::size_t>(value.substr(slash + 1)).value_or(0);
    }
    if (is_pattern(value)) return value.size() - static_cast<std::size_t>(std::count(value.begin(), value.end(), '*'));
    return kLongestValue * (value.starts_with("*@") ? 2 : 3);
}

bool matches(std::string_view pattern, std::string_view text) noexcept {
    std::size_t at = 0;
    std::size_t from = 0;
    std::size_t star = std::string_view::npos;
    std::size_t resume = 0;
    while (from < text.size()) {
        if (at < pattern.size() && pattern[at] == '*') {
            star = at++;
            resume = from;
        } else if (at < pattern.size() && pattern[at] == text[from]) {
            ++at;
            ++from;
        } else if (star != std::string_view::npos) {
            at = star + 1;
            from = ++resume;
        } else {
            return false;
        }
    }
    return std::all_of(pattern.begin() + static_cast<std::ptrdiff_t>(at), pattern.end(),
                       [](char c) { return c == '*'; });
}

// ---- on disk and on the wire

void put_key_prefix(std::string& out, List list, Kind kind, std::string_view scope) {
    put_number(out, static_cast<std::uint8_t>(list));
    put_number(out, static_cast<std::uint8_t>(kind));
    put_number(out, static_cast<std::uint16_t>(scope.size()));
    out.append(scope);
}

std::string key_of(const Entry& entry) {
    std::string key;
    put_key_prefix(key, entry.list, entry.kind, entry.scope);
    key.append(entry.value);
    return key;
}

std::string encode_record(const Entry& entry) {
    std::string record;
    put_number(record, kRecordVersion);
    put_number(record, static_cast<std::uint64_t>(count_of(entry.created)));
    put_number(record, static_cast<std::uint64_t>(entry.expires ? count_of(*entry.expires) : 0));
    put_text(record, entry.comment);
    put_text(record, entry.who);
    return record;
}

std::optional<KeyParts> split_key(std::string_view key) noexcept {
    ByteReader in(key);
    KeyParts parts;
    parts.list = static_cast<List>(in.number<std::uint8_t>());
    parts.kind = static_cast<Kind>(in.number<std::uint8_t>());
    parts.scope = in.take(in.number<std::uint16_t>());
    parts.value = in.rest();
    const bool known = !name(parts.list).empty() && holds(parts.list, parts.kind);
    const bool fits =
        !parts.value.empty() && parts.value.size() <= kLongestValue && parts.scope.size() <= kLongestValue;
    if (!known || !in.ok() || !fits) return std::nullopt;
    return parts;
}

std::optional<RecordParts> split_record(std::string_view record) noexcept {
    ByteReader in(record);
    const auto version = in.number<std::uint8_t>();
    RecordParts parts;
    parts.created = from_microseconds(in.number<std::uint64_t>());
    const auto expires = in.number<std::uint64_t>();
    if (expires != 0) parts.expires = from_microseconds(expires);
    parts.comment = in.text();
    if (version > kOldestVersion) parts.who = in.text();
    const bool known = version >= kOldestVersion && version <= kRecordVersion;
    const bool fits = parts.comment.size() <= kLongestComment && parts.who.size() <= kLongestWho;
    if (!known || !in.ok() || !in.at_end() || !fits) return std::nullopt;
    return parts;
}

std::optional<Entry> decode(std::string_view key, std::string_view record) {
    const auto parts = split_key(key);
    const auto rest = split_record(record);
    if (!parts || !rest) return std::nullopt;
    const auto same = canonical(parts->kind, parts->value);
    if (!same || *same != parts->value) return std::nullopt;
    if (!parts->scope.empty() && canonical_scope(parts->scope) != parts->scope) return std::nullopt;
    Entry entry;
    entry.list = parts->list;
    entry.kind = parts->kind;
    entry.scope = parts->scope;
    entry.value = parts->value;
    entry.created = rest->created;
    entry.expires = rest->expires;
    entry.comment = rest->comment;
    entry.who = rest->who;
    return entry;
}

}  // namespace md::policy
