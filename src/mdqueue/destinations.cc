// mdqueue/destinations.cc - see destinations.h

#include "mdqueue/destinations.h"

#include <algorithm>
#include <utility>

#include "base/assert.h"

namespace md::mdqueue {

namespace {

constexpr unsigned kMostDoublings = 16;
constexpr std::size_t kLongestReason = 200;
constexpr std::size_t kSweepAt = 1024;  ///< destinations known

}  // namespace

Destinations::Answer Destinations::ask(const std::string& destination, Time now) {
    if (known_.size() >= sweep_at_) forget_old(now);
    auto& known = known_[destination];
    if (known.window == 0) known.window = std::max(1U, std::min(rules_.at_first, rules_.most));
    if (known.resting && now < known.until) return {Answer::Kind::rests, known.until, known.reason};
    const auto window = known.resting ? 1U : static_cast<unsigned>(std::min<double>(known.window, rules_.most));
    if (known.under_way >= std::max(1U, window)) {
        known.waited_for = true;
        return {Answer::Kind::busy, {}, {}};
    }
    if (under_way_ >= rules_.in_all) {
        if (!std::exchange(known.waited_for, true)) waiting_for_all_.push_back(destination);
        return {Answer::Kind::full, {}, {}};
    }
    ++known.under_way;
    ++under_way_;
    return {Answer::Kind::go, {}, {}};
}

void Destinations::done(const std::string& destination, Outcome outcome, std::string_view reason, Time now) {
    const auto found = known_.find(destination);
    MD_ASSERT(found != known_.end() && found->second.under_way > 0);
    auto& known = found->second;
    --known.under_way;
    --under_way_;
    if (outcome == Outcome::well) {
        known.window = std::min<double>(known.window + 1 / known.window, rules_.most);
        known.troubles = known.rests = 0;
        known.resting = false;
        known.reason.clear();
    } else if (outcome == Outcome::trouble) {
        note_trouble(known, reason, now);
    }
    note_freed(destination, known);
    const bool idle = known.under_way == 0 && !known.waited_for;
    if (idle && known.troubles == 0 && known.window >= std::min(rules_.at_first, rules_.most)) known_.erase(found);
}

/// What was in trouble long ago is not known any more.
void Destinations::forget_old(Time now) {
    const auto old = [&](const auto& entry) {
        const auto& known = entry.second;
        return known.under_way == 0 && !known.waited_for && known.until + rules_.longest_rest < now;
    };
    std::erase_if(known_, old);
    sweep_at_ = std::max(kSweepAt, 2 * known_.size());
}

/// What was under way when it began to rest says nothing new.
void Destinations::note_trouble(Known& known, std::string_view reason, Time now) {
    known.window = std::max(1.0, known.window / 2);
    known.reason = reason.substr(0, kLongestReason);
    ++known.troubles;
    if (known.troubles < kTroubles || (known.resting && now < known.until)) return;
    auto rest = rules_.rest;
    for (unsigned i = 0; i < std::min(known.rests, kMostDoublings) && rest < rules_.longest_rest; ++i) rest *= 2;
    known.until = now + std::min(rest, rules_.longest_rest);
    known.resting = true;
    ++known.rests;
}

void Destinations::note_freed(const std::string& destination, Known& known) {
    for (auto& other : std::exchange(waiting_for_all_, {})) {
        if (other == destination) continue;
        if (const auto found = known_.find(other); found != known_.end()) found->second.waited_for = false;
        freed_.push_back(std::move(other));
    }
    if (std::exchange(known.waited_for, false)) freed_.push_back(destination);
}

std::vector<std::string> Destinations::freed() {
    return std::exchange(freed_, {});
}

void Destinations::wake_all() {
    for (auto& [destination, known] : known_) {
        known.until = {};
        known.rests = 0;
        if (std::exchange(known.waited_for, false)) freed_.push_back(destination);
    }
}

void Destinations::wake(const std::string& destination) {
    const auto found = known_.find(destination);
    if (found == known_.end()) return;
    found->second.until = {};
    found->second.rests = 0;
}

Destinations::Time Destinations::rests_until(const std::string& destination) const {
    const auto found = known_.find(destination);
    return found == known_.end() || !found->second.resting ? Time() : found->second.until;
}

std::vector<Destinations::View> Destinations::all() const {
    std::vector<View> out;
    for (const auto& [destination, known] : known_) {
        const auto window = known.resting ? 1 : std::min<double>(known.window, rules_.most);
        out.push_back({destination, std::max(1U, static_cast<unsigned>(window)), known.under_way, known.troubles,
                       known.resting, known.until, known.reason});
    }
    return out;
}

}  // namespace md::mdqueue
