// delivery/srs.cc - see srs.h

#include "delivery/srs.h"

#include <algorithm>
#include <chrono>
#include <optional>

#include "auth/keyed_hash.h"
#include "base/assert.h"
#include "base/encoding.h"
#include "base/strings.h"
#include "mail/address.h"

namespace md::delivery {

namespace {

constexpr std::size_t kLocalPartLimit = 64;
constexpr unsigned kDays = 1024;  // as many as two letters of base32 can tell
constexpr std::string_view kBase32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
/// Any may stand behind the tag; between fields there is "=" alone.
constexpr std::string_view kSeparators = "=-+";

/// The fields behind "SRS0".
struct First {
    std::string_view hash;
    std::string_view stamp;
    std::string_view domain;
    std::string_view local_part;
};

/// Those behind "SRS1".
struct Further {
    std::string_view hash;
    std::string_view first_host;
    std::string_view rest;  ///< of the first host's local part, its separator included
};

std::optional<std::string_view> behind_tag(std::string_view local_part, std::string_view tag) noexcept {
    if (!starts_with_nocase(local_part, tag) || local_part.size() == tag.size()) return std::nullopt;
    if (kSeparators.find(local_part[tag.size()]) == std::string_view::npos) return std::nullopt;
    return local_part.substr(tag.size());
}

/// Up to "=", which goes with it; empty: there is none.
std::string_view take_field(std::string_view& text) noexcept {
    const auto end = text.find('=');
    if (end == std::string_view::npos) return {};
    const auto field = text.substr(0, end);
    text.remove_prefix(end + 1);
    return field;
}

std::optional<First> read_first(std::string_view local_part) noexcept {
    auto text = behind_tag(local_part, "SRS0");
    if (!text) return std::nullopt;
    text->remove_prefix(1);
    First out;
    out.hash = take_field(*text);
    out.stamp = take_field(*text);
    out.domain = take_field(*text);
    out.local_part = *text;
    if (out.hash.empty() || out.stamp.empty() || out.domain.empty() || out.local_part.empty()) return std::nullopt;
    return out;
}

std::optional<Further> read_further(std::string_view local_part) noexcept {
    auto text = behind_tag(local_part, "SRS1");
    if (!text) return std::nullopt;
    text->remove_prefix(1);
    Further out;
    out.hash = take_field(*text);
    out.first_host = take_field(*text);
    out.rest = *text;
    if (out.hash.empty() || out.first_host.empty() || out.rest.size() < 2 ||
        kSeparators.find(out.rest.front()) == std::string_view::npos)
        return std::nullopt;
    return out;
}

/// What the hash covers. No host name has "=" in it: no two sets of fields have one text.
std::string covered(const First& fields) {
    return lower(std::string("0=")
                     .append(fields.stamp)
                     .append(1, '=')
                     .append(fields.domain)
                     .append(1, '=')
                     .append(fields.local_part));
}

std::string covered(const Further& fields) {
    return lower(std::string("1=").append(fields.first_host).append(1, '=').append(fields.rest));
}

/// SHA-256 gives 43 letters and a padding, which could not stand in a field.
std::string hash_of(std::string_view text, std::string_view secret, std::size_t letters) {
    return base64_encode(auth::keyed_hash(secret, text)).substr(0, std::min<std::size_t>(letters, 43));
}

bool is_signed(std::string_view hash, std::string_view text, std::span<const std::string> secrets,
               const SrsRules& rules) {
    if (hash.size() < rules.hash_letters) return false;
    bool found = false;
    for (const auto& secret : secrets)
        found |= !secret.empty() && equal_constant_time(lower(hash), lower(hash_of(text, secret, hash.size())));
    return found;
}

unsigned day_of(WallTime time) noexcept {
    const auto days = std::chrono::floor<std::chrono::days>(time).time_since_epoch().count();
    return static_cast<unsigned>(days) % kDays;
}

std::string stamp_of(WallTime time) {
    const auto day = day_of(time);
    return {kBase32[day >> 5U], kBase32[day & 31U]};
}

bool is_current(std::string_view stamp, WallTime now, const SrsRules& rules) noexcept {
    if (stamp.size() != 2) return false;
    const auto high = kBase32.find(to_upper(stamp[0]));
    const auto low = kBase32.find(to_upper(stamp[1]));
    if (high == std::string_view::npos || low == std::string_view::npos) return false;
    const auto day = static_cast<unsigned>(high << 5U | low);
    const auto tomorrow = day_of(now) + 1;
    return (tomorrow + kDays - day) % kDays <= rules.valid_days + 1;
}

/// As a path that every parser of ours takes.
Result<std::string, SrsFault> path(std::string local_part, std::string_view domain) {
    const mail::Address address{std::move(local_part), std::string(domain)};
    auto text = address.text();
    const auto parsed = mail::parse_mailbox(text, mail::Utf8::allowed);
    if (!parsed || *parsed != address) return fail(SrsFault::not_an_address);
    return text;
}

std::string rewritten(const mail::Address& from, std::string_view secret, WallTime now, const SrsRules& rules) {
    Further further;
    if (read_first(from.local_part)) {
        further.first_host = from.domain;
        further.rest = *behind_tag(from.local_part, "SRS0");
    } else if (const auto already = read_further(from.local_part)) {
        // The way back leaves out whoever stands between the first forwarder and us.
        further = *already;
    } else {
        const auto stamp = stamp_of(now);
        const First first{{}, stamp, from.domain, from.local_part};
        return "SRS0=" + hash_of(covered(first), secret, rules.hash_letters) + "=" + stamp + "=" + from.domain + "=" +
               from.local_part;
    }
    return std::string("SRS1=")
        .append(hash_of(covered(further), secret, rules.hash_letters))
        .append(1, '=')
        .append(further.first_host)
        .append(1, '=')
        .append(further.rest);
}

}  // namespace

Result<std::string, SrsFault> srs_rewrite(std::string_view reverse_path, std::string_view own_domain,
                                          std::string_view secret, WallTime now, const SrsRules& rules) {
    MD_ASSERT(!secret.empty() && rules.hash_letters >= 4);
    if (reverse_path.empty()) return std::string();
    const auto from = mail::parse_mailbox(reverse_path, mail::Utf8::allowed);
    if (!from) return fail(SrsFault::not_an_address);
    const mail::Address to{rewritten(*from, secret, now, rules), std::string(own_domain)};
    // As it is written: quotes count.
    const auto text = to.text();
    if (text.size() - to.domain.size() - 1 > kLocalPartLimit || text.size() > mail::kMailboxLimit)
        return fail(SrsFault::too_long);
    return path(to.local_part, own_domain);
}

Result<std::string, SrsFault> srs_reverse(std::string_view address, std::span<const std::string> secrets, WallTime now,
                                          const SrsRules& rules) {
    MD_ASSERT(rules.hash_letters >= 4);
    const auto from = mail::parse_mailbox(address, mail::Utf8::allowed);
    if (!from) return fail(SrsFault::not_an_address);
    if (const auto first = read_first(from->local_part)) {
        if (!is_signed(first->hash, covered(*first), secrets, rules)) return fail(SrsFault::bad_hash);
        if (!is_current(first->stamp, now, rules)) return fail(SrsFault::expired);
        return path(std::string(first->local_part), first->domain);
    }
    if (const auto further = read_further(from->local_part)) {
        if (!is_signed(further->hash, covered(*further), secrets, rules)) return fail(SrsFault::bad_hash);
        return path(std::string("SRS0").append(further->rest), further->first_host);
    }
    return fail(SrsFault::not_srs);
}

}  // namespace md::delivery
