// policy/lists.cc - see lists.h

#include "policy/lists.h"

#include "base/strings.h"

namespace md::policy {

namespace {

/// The first `bits` of the address, what is behind them zero.
std::string prefix_octets(const IpAddress& address, unsigned bits) {
    std::string octets(address.octets());
    for (std::size_t i = 0; i < octets.size(); ++i) {
        const unsigned here = bits > 8 * i ? std::min(bits - static_cast<unsigned>(8 * i), 8U) : 0U;
        octets[i] = static_cast<char>(static_cast<unsigned char>(octets[i]) & (0xff00U >> here));
    }
    return octets;
}

}  // namespace

void Lists::put(const Entry& entry) {
    auto key = key_of(entry);
    const auto old = entries_.find(key);
    if (old != entries_.end()) {
        old->second = entry;  // same list, kind and value: the indexes lead to it already
        return;
    }
    const auto added = entries_.emplace(std::move(key), entry);
    index(added.first->second);
}

void Lists::remove(const Entry& entry) noexcept {
    const auto found = entries_.find(key_of(entry));
    if (found == entries_.end()) return;
    unindex(found->second);
    entries_.erase(found);
}

void Lists::clear() noexcept {
    sides_ = {};
    entries_.clear();
}

void Lists::index(const Entry& entry) {
    auto& here = sides_[entry.list == List::black ? 0 : 1];
    if (entry.kind == Kind::ip) {
        const auto network = Network::parse(entry.value);
        if (!network) return;  // decode() and canonical() let none pass
        const Prefix prefix{network->base().v6(), network->prefix_bits()};
        here.networks[prefix][std::string(network->base().octets())] = &entry;
    } else if (is_pattern(entry.value)) {
        here.patterns[entry.value] = &entry;
    } else {
        here.senders[entry.value] = &entry;
    }
}

void Lists::unindex(const Entry& entry) noexcept {
    auto& here = sides_[entry.list == List::black ? 0 : 1];
    if (entry.kind != Kind::ip) {
        here.patterns.erase(entry.value);
        here.senders.erase(entry.value);
        return;
    }
    const auto network = Network::parse(entry.value);
    if (!network) return;
    const auto prefix = here.networks.find(Prefix{network->base().v6(), network->prefix_bits()});
    if (prefix == here.networks.end()) return;
    prefix->second.erase(std::string(network->base().octets()));
    if (prefix->second.empty()) here.networks.erase(prefix);
}

const Entry* Lists::find(List list, const IpAddress& address, WallTime now) const {
    for (const auto& [prefix, networks] : side(list).networks) {
        if (prefix.v6 != address.v6()) continue;
        const auto found = networks.find(prefix_octets(address, prefix.bits));
        if (found != networks.end() && !found->second->expired(now)) return found->second;
    }
    return nullptr;
}

const Entry* Lists::find_sender(List list, std::string_view sender, WallTime now) const {
    const auto& here = side(list);
    const auto text = sender.empty() ? std::string("<>") : lower(sender);
    const auto exact = here.senders.find(text);
    if (exact != here.senders.end() && !exact->second->expired(now)) return exact->second;
    if (sender.empty()) return nullptr;  // a pattern means senders that there are
    const auto at = text.rfind('@');
    if (at != std::string::npos) {
        const auto domain = here.senders.find("*" + text.substr(at));
        if (domain != here.senders.end() && !domain->second->expired(now)) return domain->second;
    }
    for (const auto& [pattern, entry] : here.patterns)
        if (!entry->expired(now) && matches(pattern, text)) return entry;
    return nullptr;
}

const Entry* Lists::find_key(const std::string& key) const {
    const auto found = entries_.find(key);
    return found == entries_.end() ? nullptr : &found->second;
}

}  // namespace md::policy
