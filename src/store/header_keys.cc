// store/header_keys.cc - see header_keys.h

#include "store/header_keys.h"

#include <cstdint>
#include <utility>

#include "base/strings.h"
#include "mail/address_list.h"
#include "mail/casemap.h"
#include "mail/header.h"
#include "mail/subject.h"
#include "store/record.h"

namespace md::store {

namespace {

constexpr std::uint64_t kHasDate = 1;
constexpr std::uint64_t kIsReply = 2;
/// Beyond the zones that there are, and far beyond the years that a date may have.
constexpr std::int64_t kZoneLimit = 100'000;
constexpr std::int64_t kSecondsLimit = std::int64_t{1} << 60;

std::string prepared(std::string_view text) {
    auto out = mail::casemap(text);
    if (out.size() > HeaderKeys::kTextLimit) out.resize(HeaderKeys::kTextLimit);
    return out;
}

/// As an envelope has it.
std::string first_mailbox(std::string_view value) {
    mail::AddressListScanner scanner(value);
    mail::ListedAddress address;
    return scanner.next(address) ? prepared(address.mailbox) : std::string();
}

void take_subject(std::string_view value, HeaderKeys& keys) {
    const auto subject = mail::base_subject(value);
    keys.subject = prepared(subject.text);
    keys.is_reply = subject.is_reply;
}

/// Small numbers of either sign as small ones without.
std::uint64_t folded(std::int64_t value) noexcept {
    return (static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63);
}

std::int64_t unfolded(std::uint64_t value) noexcept {
    return static_cast<std::int64_t>((value >> 1) ^ (~(value & 1) + 1));
}

void put_text(std::string& out, std::string_view text) {
    put_varint(out, text.size());
    out += text;
}

bool take_text(std::string_view& data, std::string& text) {
    const auto size = take_varint(data);
    if (!size || *size > data.size() || *size > HeaderKeys::kTextLimit) return false;
    text = data.substr(0, static_cast<std::size_t>(*size));
    data.remove_prefix(text.size());
    return true;
}

std::optional<mail::SentDate> take_date(std::string_view& data) noexcept {
    const auto seconds = take_varint(data);
    const auto zone = take_varint(data);
    if (!seconds || !zone) return std::nullopt;
    const mail::SentDate sent{unfolded(*seconds), static_cast<int>(unfolded(*zone))};
    if (sent.seconds < -kSecondsLimit || sent.seconds > kSecondsLimit) return std::nullopt;
    if (unfolded(*zone) < -kZoneLimit || unfolded(*zone) > kZoneLimit) return std::nullopt;
    return sent;
}

}  // namespace

HeaderKeys keys_of(std::string_view fields) {
    HeaderKeys keys;
    bool has_date = false, has_subject = false, has_from = false, has_to = false, has_cc = false;
    mail::HeaderLimits limits;
    limits.skip_broken = true;
    mail::HeaderScanner scanner(fields, limits);
    while (const auto field = scanner.next()) {
        const auto is_first = [&](std::string_view name, bool& has) {
            return !has && equal_nocase(field->name, name) && !std::exchange(has, true);
        };
        if (is_first("Date", has_date)) keys.sent = mail::parse_date(field->value);
        if (is_first("Subject", has_subject)) take_subject(field->value, keys);
        if (is_first("From", has_from)) keys.from = first_mailbox(field->value);
        if (is_first("To", has_to)) keys.to = first_mailbox(field->value);
        if (is_first("Cc", has_cc)) keys.cc = first_mailbox(field->value);
    }
    return keys;
}

std::string encode_keys(const HeaderKeys& keys) {
    std::string out;
    put_varint(out, (keys.sent ? kHasDate : 0) | (keys.is_reply ? kIsReply : 0));
    if (keys.sent) {
        put_varint(out, folded(keys.sent->seconds));
        put_varint(out, folded(keys.sent->zone_minutes));
    }
    for (const auto* text : {&keys.subject, &keys.from, &keys.to, &keys.cc}) put_text(out, *text);
    return out;
}

std::optional<HeaderKeys> decode_keys(std::string_view octets) {
    HeaderKeys keys;
    const auto bits = take_varint(octets);
    if (!bits || *bits > (kHasDate | kIsReply)) return std::nullopt;
    keys.is_reply = (*bits & kIsReply) != 0;
    if ((*bits & kHasDate) != 0) {
        keys.sent = take_date(octets);
        if (!keys.sent) return std::nullopt;
    }
    for (auto* text : {&keys.subject, &keys.from, &keys.to, &keys.cc})
        if (!take_text(octets, *text)) return std::nullopt;
    if (!octets.empty()) return std::nullopt;
    return keys;
}

}  // namespace md::store
