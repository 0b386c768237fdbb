// store/search_keys.cc - see search_keys.h

#include "store/search_keys.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/strings.h"
#include "mail/header.h"
#include "proto/imap/flags.h"
#include "store/message_text.h"

namespace md::store {

using imap::Flag;
using Kind = imap::SearchKey::Kind;

namespace {

constexpr std::int64_t kDay = 86400;

constexpr std::array<std::pair<Flags, Flag>, 5> kFlags{{
    {flag::seen, Flag::seen},
    {flag::answered, Flag::answered},
    {flag::flagged, Flag::flagged},
    {flag::deleted, Flag::deleted},
    {flag::draft, Flag::draft},
}};

std::int64_t day_of(std::int64_t seconds) noexcept {
    return seconds >= 0 ? seconds / kDay : -((-seconds + kDay - 1) / kDay);
}

bool has_keyword(const Message& message, std::string_view keyword) {
    return std::any_of(message.keywords.begin(), message.keywords.end(),
                       [&](const auto& own) { return equal_nocase(own, keyword); });
}

}  // namespace

imap::FlagBits wire_flags(Flags flags, bool recent) noexcept {
    imap::FlagBits bits = recent ? imap::bit(Flag::recent) : 0;
    for (const auto& [ours, wire] : kFlags)
        if ((flags & ours) != 0) bits = static_cast<imap::FlagBits>(bits | imap::bit(wire));
    return bits;
}

Flags stored_flags(imap::FlagBits bits) noexcept {
    Flags flags = 0;
    for (const auto& [ours, wire] : kFlags)
        if (imap::has(bits, wire)) flags = static_cast<Flags>(flags | ours);
    return flags;
}

std::optional<bool> by_record(const imap::SearchKey& key, const Message& message, bool recent, std::int64_t now) {
    const auto age = now - message.internal_date;
    const auto seconds = static_cast<std::int64_t>(std::min<std::uint64_t>(key.number, INT64_MAX));
    switch (key.kind) {
        case Kind::all: return true;
        case Kind::flag: return imap::has(wire_flags(message.flags, recent), key.flag) == key.wanted;
        case Kind::keyword: return has_keyword(message, key.keyword) == key.wanted;
        case Kind::before: return day_of(message.internal_date) < key.day;
        case Kind::on: return day_of(message.internal_date) == key.day;
        case Kind::since: return day_of(message.internal_date) >= key.day;
        case Kind::older: return age >= seconds;
        case Kind::younger: return age <= seconds;
        case Kind::larger: return message.size_crlf > key.number;
        case Kind::smaller: return message.size_crlf < key.number;
        case Kind::modseq: return message.modseq >= key.number;
        case Kind::email_id: return message.email_id == key.string;
        case Kind::thread_id: return false;  // no message has one: RFC 8474 §5.2
        default: return std::nullopt;
    }
}

bool is_of_sent_day(Kind kind) noexcept {
    return kind == Kind::sent_before || kind == Kind::sent_on || kind == Kind::sent_since;
}

bool by_sent_day(const imap::SearchKey& key, std::optional<mail::SentDate> sent) noexcept {
    if (!sent) return false;
    if (key.kind == Kind::sent_before) return sent->day() < key.day;
    return key.kind == Kind::sent_on ? sent->day() == key.day : sent->day() >= key.day;
}

std::optional<mail::SentDate> sent_date(std::string_view header) noexcept {
    mail::HeaderScanner scanner(header, showing());
    while (const auto field = scanner.next())
        if (equal_nocase(field->name, "Date")) return mail::parse_date(field->value);
    return std::nullopt;
}

}  // namespace md::store
