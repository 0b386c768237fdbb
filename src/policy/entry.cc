// policy/entry.cc - see entry.h

#include "policy/entry.h"

#include <algorithm>
#include <array>

#include "base/address.h"
#include "base/bytes.h"
#include "base/strings.h"
#include "base/utf8.h"
#include "mail/address.h"

namespace md::policy {

namespace {

constexpr std::uint8_t kRecordVersion = 1;
/// Of the entry's scope, which is the whole installation in this version.
constexpr std::uint16_t kNoScope = 0;

Result<std::string, ValueFault> canonical_network(std::string_view text) {
    const auto network = Network::parse(text);
    if (!network)
        return fail(ValueFault{
            "an address or a network such as 192.0.2.0/24 or 2001:db8::/32, without bits behind the prefix"});
    return network->text();
}

bool fit_for_pattern(std::string_view text) {
    return std::none_of(text.begin(), text.end(), [](char c) {
        return is_control(c) || is_space(c) || c == '<' || c == '>' || static_cast<unsigned char>(c) >= 0x80;
    });
}

Result<std::string, ValueFault> canonical_sender(std::string_view text) {
    if (text == "<>") return std::string(text);
    if (text.starts_with('<') && text.ends_with('>')) text = text.substr(1, text.size() - 2);
    auto value = lower(text);
    if (value.find('@') == std::string::npos) value.insert(0, "*@");
    const bool any_at_domain = value.starts_with("*@") && mail::is_domain(std::string_view(value).substr(2));
    const bool pattern = value.find('*') != std::string::npos && fit_for_pattern(value) && value.size() > 2;
    if (any_at_domain || pattern) return value;
    const auto address = mail::parse_mailbox(value);
    if (!address)
        return fail(ValueFault{"an address, a domain, \"*@domain\", a pattern with * or \"<>\" for the null sender"});
    return address->text();
}

std::int64_t count_of(WallTime time) {
    return time.time_since_epoch().count();
}

WallTime from_microseconds(std::uint64_t count) {
    return WallTime(std::chrono::microseconds(static_cast<std::int64_t>(count)));
}

}  // namespace

std::string_view name(List list) noexcept {
    return list == List::black ? "blacklist" : "whitelist";
}

std::string_view name(Kind kind) noexcept {
    return kind == Kind::ip ? "ip" : "sender";
}

std::optional<List> parse_list(std::string_view text) noexcept {
    for (const auto list : {List::black, List::white})
        if (name(list) == text) return list;
    return std::nullopt;
}

std::optional<Kind> parse_kind(std::string_view text) noexcept {
    for (const auto kind : {Kind::ip, Kind::sender})
        if (name(kind) == text) return kind;
    return std::nullopt;
}

Result<std::string, ValueFault> canonical(Kind kind, std::string_view text) {
    if (text.empty() || text.size() > kLongestValue)
        return fail(ValueFault{"1 to " + std::to_string(kLongestValue) + " characters"});
    return kind == Kind::ip ? canonical_network(text) : canonical_sender(text);
}

std::string clean_comment(std::string_view text) {
    std::string clean(text.substr(0, kLongestComment));
    // A cut within a character leaves octets that are none.
    while (!clean.empty() && !is_utf8(clean) && text.size() > kLongestComment && clean.size() > kLongestComment - 4)
        clean.pop_back();
    std::replace_if(clean.begin(), clean.end(), is_control, ' ');
    if (!is_utf8(clean))
        std::replace_if(
            clean.begin(), clean.end(), [](char c) { return c < 0; }, '?');
    return std::string(trim(clean));  // last: what stood for a control octet is a blank at an end like any other
}

bool is_pattern(std::string_view sender) noexcept {
    return sender.find('*', sender.starts_with("*@") ? 1 : 0) != std::string_view::npos;
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

std::string key_of(const Entry& entry) {
    std::string key;
    put_number(key, static_cast<std::uint8_t>(entry.list));
    put_number(key, static_cast<std::uint8_t>(entry.kind));
    put_number(key, kNoScope);
    key.append(entry.value);
    return key;
}

std::string encode_record(const Entry& entry) {
    std::string record;
    put_number(record, kRecordVersion);
    put_number(record, static_cast<std::uint64_t>(count_of(entry.created)));
    put_number(record, static_cast<std::uint64_t>(entry.expires ? count_of(*entry.expires) : 0));
    put_text(record, entry.comment);
    return record;
}

std::optional<Entry> decode(std::string_view key, std::string_view record) {
    ByteReader name_in(key);
    ByteReader in(record);
    const auto list = name_in.number<std::uint8_t>();
    const auto kind = name_in.number<std::uint8_t>();
    const auto scope = name_in.number<std::uint16_t>();
    const auto version = in.number<std::uint8_t>();
    Entry entry;
    entry.list = static_cast<List>(list);
    entry.kind = static_cast<Kind>(kind);
    entry.value = name_in.rest();
    entry.created = from_microseconds(in.number<std::uint64_t>());
    const auto expires = in.number<std::uint64_t>();
    if (expires != 0) entry.expires = from_microseconds(expires);
    entry.comment = in.text();
    const bool known = (list == 1 || list == 2) && (kind == 1 || kind == 2) && scope == kNoScope;
    if (!known || version != kRecordVersion || !name_in.ok() || !in.ok() || !in.at_end()) return std::nullopt;
    const auto same = canonical(entry.kind, entry.value);
    if (!same || *same != entry.value) return std::nullopt;
    return entry;
}

}  // namespace md::policy
