// policy/counters.cc - see counters.h

#include "policy/counters.h"

#include <algorithm>
#include <cmath>

namespace md::policy {

namespace {

constexpr auto kSweepEvery = std::chrono::seconds(10);

constexpr std::array<std::string_view, kOccasions> kNames{"connections", "messages",      "unknown-recipients",
                                                          "early-talk",  "junk-commands", "greetings"};

}  // namespace

std::string_view name(Occasion occasion) noexcept {
    const auto place = static_cast<std::size_t>(occasion) - 1;
    return place < kNames.size() ? kNames[place] : std::string_view();
}

std::string Counters::key_of(Occasion occasion, const IpAddress& address) {
    std::string key(1, static_cast<char>(occasion));
    key.append(address.octets().substr(0, address.v6() ? 8 : 4));
    return key;
}

double Counters::tokens_at(const Bucket& bucket, const Rate& rate, Now now) noexcept {
    const auto passed = static_cast<double>((now - bucket.at).count());
    const auto back = rate.time.count() > 0 ? passed * rate.events / static_cast<double>(rate.time.count()) : 0.0;
    return std::min(bucket.tokens + std::max(back, 0.0), static_cast<double>(rate.events));
}

Counted Counters::over(double tokens, const Rate& rate) noexcept {
    Counted counted;
    counted.over = true;
    counted.again = Now(static_cast<std::int64_t>(
        std::ceil((1.0 - tokens) * static_cast<double>(rate.time.count()) / static_cast<double>(rate.events))));
    return counted;
}

Counted Counters::count(Occasion occasion, const IpAddress& address, std::uint32_t events, Now now) {
    const auto& allowed = rate(occasion);
    if (occasion == Occasion::greeting) return look(address, now);
    if (allowed.events == 0) return {};
    auto key = key_of(occasion, address);
    auto found = buckets_.find(key);
    if (found == buckets_.end()) {
        // Not at each of a flood: a sweep looks at all.
        if (buckets_.size() >= kMostBuckets && now - swept_ >= kSweepEvery) sweep(now);
        if (buckets_.size() >= kMostBuckets) buckets_.erase(buckets_.begin());
        found = buckets_.emplace(std::move(key), Bucket{static_cast<double>(allowed.events), now}).first;
    }
    auto& bucket = found->second;
    const auto tokens = tokens_at(bucket, allowed, now);
    bucket.at = now;
    bucket.tokens = tokens;
    if (tokens < 1.0) return over(tokens, allowed);
    bucket.tokens = std::max(tokens - events, 0.0);
    return {};
}

Counted Counters::look(const IpAddress& address, Now now) const {
    Counted worst;
    for (const auto occasion : {Occasion::unknown_recipient, Occasion::early_talk, Occasion::junk_command}) {
        const auto& allowed = rate(occasion);
        const auto found = buckets_.find(key_of(occasion, address));
        if (allowed.events == 0 || found == buckets_.end()) continue;
        const auto tokens = tokens_at(found->second, allowed, now);
        if (tokens >= 1.0) continue;
        const auto counted = over(tokens, allowed);
        if (!worst.over || counted.again > worst.again) worst = counted;
    }
    return worst;
}

void Counters::sweep(Now now) {
    swept_ = now;
    std::erase_if(buckets_, [&](const auto& entry) {
        const auto& allowed = rate(static_cast<Occasion>(entry.first.front()));
        return tokens_at(entry.second, allowed, now) >= static_cast<double>(allowed.events);
    });
}

}  // namespace md::policy
