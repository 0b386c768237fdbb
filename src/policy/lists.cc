// policy/lists.cc - see lists.h

#include "policy/lists.h"

#include <algorithm>

#include "base/assert.h"
#include "base/bytes.h"
#include "base/strings.h"

namespace md::policy {

namespace {

/// Octets of an end that is kept without the rest of its record; none: it has no end.
constexpr std::size_t kEndBytes = 8;

/// The first `bits` of the address, what is behind them zero.
IpAddress prefix_of(const IpAddress& address, unsigned bits) {
    std::string octets(address.octets());
    for (std::size_t i = 0; i < octets.size(); ++i) {
        const unsigned here = bits > 8 * i ? std::min(bits - static_cast<unsigned>(8 * i), 8U) : 0U;
        octets[i] = static_cast<char>(static_cast<unsigned char>(octets[i]) & (0xff00U >> here));
    }
    return *IpAddress::from_octets(octets);
}

bool is_scanned(Kind kind, std::string_view value) noexcept {
    return kind != Kind::ip && is_pattern(value) && !is_suffix(kind, value);
}

}  // namespace

// ---- changes

void Lists::put(const Entry& entry) {
    const bool good = put_record(key_of(entry), encode_record(entry));
    MD_ASSERT(good);
}

bool Lists::put_record(std::string_view key, std::string_view record) {
    const auto parts = split_key(key);
    const auto rest = split_record(record);
    if (!parts || !rest) return false;
    const auto known = table_.find(key);
    if (known && expiry(*known)) --passing_;
    if (rest->expires) ++passing_;
    if (table_.put(key, kept_form(record))) index(*parts, true);
    return true;
}

void Lists::remove(const Entry& entry) {
    remove_key(key_of(entry));
}

void Lists::remove_key(std::string_view key) {
    const auto known = table_.find(key);
    if (!known) return;
    if (expiry(*known)) --passing_;
    const std::string own(key);  // it may lie in the table
    table_.remove(own);
    const auto parts = split_key(own);
    if (parts) index(*parts, false);
}

void Lists::clear() {
    *this = Lists(detail_);
}

std::string Lists::kept_form(std::string_view record) const {
    if (detail_ == Detail::whole) return std::string(record);
    std::string end;
    const auto expires = split_record(record)->expires;
    if (expires) put_number(end, static_cast<std::uint64_t>(expires->time_since_epoch().count()));
    return end;
}

std::optional<WallTime> Lists::expiry(std::string_view kept) const {
    if (detail_ == Detail::whole) return split_record(kept)->expires;
    if (kept.size() != kEndBytes) return std::nullopt;
    return WallTime(std::chrono::microseconds(static_cast<std::int64_t>(ByteReader(kept).number<std::uint64_t>())));
}

void Lists::index(const KeyParts& parts, bool added) {
    auto& here = sides_[static_cast<std::size_t>(parts.list) - 1];
    const std::size_t step = added ? 1 : static_cast<std::size_t>(-1);
    here.kinds[static_cast<std::size_t>(parts.kind)] += step;
    if (!parts.scope.empty()) here.scoped += step;
    if (parts.kind == Kind::ip) {
        const bool v6 = parts.value.find(':') != std::string_view::npos;
        const auto bits = std::min<std::size_t>(precision(Kind::ip, parts.value), 128);
        here.prefixes[v6 ? 1 : 0][bits] += static_cast<std::uint32_t>(step);
    } else if (is_scanned(parts.kind, parts.value)) {
        here.patterns += step;
        index_pattern(parts, added);
    }
}

void Lists::index_pattern(const KeyParts& parts, bool added) {
    auto& all = sides_[static_cast<std::size_t>(parts.list) - 1].by_pattern;
    std::string prefix;
    put_key_prefix(prefix, parts.list, parts.kind, parts.scope);
    auto& patterns = all[prefix];
    if (!added) {
        std::erase_if(patterns, [&](const Pattern& p) { return p.value == parts.value; });
        if (patterns.empty()) all.erase(prefix);
        return;
    }
    Pattern one{precision(parts.kind, parts.value), std::string(parts.value)};
    const auto place = std::upper_bound(patterns.begin(), patterns.end(), one, [](const Pattern& a, const Pattern& b) {
        return a.precision != b.precision ? a.precision > b.precision : a.value < b.value;
    });
    patterns.insert(place, std::move(one));
}

// ---- look-ups

std::size_t Lists::size(List list, Kind kind) const noexcept {
    return side(list).kinds[static_cast<std::size_t>(kind)];
}

bool Lists::counts(std::string_view key, WallTime now) const {
    const auto kept = table_.find(key);
    if (!kept) return false;
    const auto end = expiry(*kept);
    return !end || *end > now;
}

std::optional<Entry> Lists::find_key(std::string_view key) const {
    const auto kept = table_.find(key);
    const auto parts = kept ? split_key(key) : std::nullopt;
    if (!parts) return std::nullopt;
    Entry entry;
    entry.list = parts->list;
    entry.kind = parts->kind;
    entry.scope = parts->scope;
    entry.value = parts->value;
    entry.expires = expiry(*kept);
    if (detail_ == Detail::whole) {
        const auto rest = split_record(*kept);
        entry.created = rest->created;
        entry.comment = rest->comment;
        entry.who = rest->who;
    }
    return entry;
}

std::optional<Entry> Lists::entry_if_counts(std::string_view key, WallTime now) const {
    return counts(key, now) ? find_key(key) : std::nullopt;
}

std::optional<Entry> Lists::find(List list, std::string_view scope, const IpAddress& address, WallTime now) const {
    const auto& lengths = side(list).prefixes[address.v6() ? 1 : 0];
    std::string key;
    put_key_prefix(key, list, Kind::ip, scope);
    const auto prefix = key.size();
    for (unsigned bits = address.v6() ? 129 : 33; bits-- > 0;) {
        if (lengths[bits] == 0) continue;
        key.resize(prefix);
        key.append(prefix_of(address, bits).text()).append("/").append(std::to_string(bits));
        if (auto found = entry_if_counts(key, now)) return found;
    }
    return std::nullopt;
}

/// The entry with the longest end of `domain` behind `head`: "*.b.example" before "*.example" for "a.b.example".
std::optional<Entry> Lists::by_end(std::string& key, std::size_t prefix, std::string_view head, std::string_view domain,
                                   WallTime now) const {
    for (auto dot = domain.find('.'); dot != std::string_view::npos; dot = domain.find('.', dot + 1)) {
        key.resize(prefix);
        key.append(head).append(domain.substr(dot));
        if (auto found = entry_if_counts(key, now)) return found;
    }
    return std::nullopt;
}

std::optional<Entry> Lists::by_pattern(List list, std::string& key, std::size_t prefix, std::string_view text,
                                       WallTime now) const {
    const auto& all = side(list).by_pattern;
    const auto here = all.find(std::string_view(key).substr(0, prefix));
    if (here == all.end()) return std::nullopt;
    for (const auto& pattern : here->second) {
        if (!matches(pattern.value, text)) continue;
        key.resize(prefix);
        key.append(pattern.value);
        if (auto found = entry_if_counts(key, now)) return found;
    }
    return std::nullopt;
}

std::optional<Entry> Lists::find_name(List list, Kind kind, std::string_view scope, std::string_view text,
                                      WallTime now) const {
    if (size(list, kind) == 0) return std::nullopt;
    std::string key;
    put_key_prefix(key, list, kind, scope);
    const auto prefix = key.size();
    auto name = text.empty() && kind == Kind::sender ? std::string("<>") : comparable(text);
    const bool address = kind == Kind::sender || kind == Kind::recipient;
    if (!address && name.size() > 1 && name.ends_with('.')) name.pop_back();
    key.append(name);
    if (auto found = entry_if_counts(key, now)) return found;
    if (name.empty() || name == "<>") return std::nullopt;  // a pattern means names that there are
    const auto at = address ? name.rfind('@') : std::string::npos;
    const auto domain = at == std::string::npos ? std::string_view(name) : std::string_view(name).substr(at + 1);
    if (at != std::string::npos) {
        key.resize(prefix);
        key.append("*@").append(domain);
        if (auto found = entry_if_counts(key, now)) return found;
    }
    auto ending =
        address && at == std::string::npos ? std::nullopt : by_end(key, prefix, address ? "*@*" : "*", domain, now);
    auto pattern = by_pattern(list, key, prefix, name, now);
    if (!ending || !pattern) return ending ? ending : pattern;
    return precision(kind, pattern->value) > precision(kind, ending->value) ? pattern : ending;
}

bool Lists::walk(Cursor& cursor, const std::function<bool(std::string_view key, std::string_view record)>& take) const {
    for (;;) {
        const auto before = cursor;
        const auto item = table_.next(cursor);
        if (!item) return false;
        if (take(item->key, item->record)) continue;
        cursor = before;
        return true;
    }
}

}  // namespace md::policy
