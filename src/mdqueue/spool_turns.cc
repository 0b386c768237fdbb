// mdqueue/spool_turns.cc - who has a turn at its destination, who waits for one, and who finds out whether a rest is
// over; see spool_runner.h

#include <utility>

#include "mdqueue/spool_runner.h"

namespace md::mdqueue {

namespace {

constexpr std::size_t kAtATime = 1024;  ///< most of them wait for the sync that serves all
constexpr std::size_t kBesideFresh = 128;
constexpr auto kLookedAtWaiting = std::chrono::minutes(20);

/// When one that waits in memory alone is looked at: not all that began to wait together at one time.
WallTime looked_at(QueueId id, WallTime now) {
    constexpr std::uint64_t kSpread = std::chrono::seconds(kLookedAtWaiting).count();
    return now + kLookedAtWaiting + std::chrono::seconds(id.value() % kSpread);
}

}  // namespace

/// While there is fresh mail, what comes again without a turn gets little room, for the spool does one thing after the
/// other; who has a turn waits for another site, and takes little of it.
bool SpoolRunner::has_room(bool fresh) const noexcept {
    if (running_.size() >= kAtATime) return false;
    return fresh || fresh_running_ == 0 || aside_running_ < kBesideFresh;
}

/// It waits for a turn at the destination that the index knows, if it knows one.
SpoolRunner::Begun SpoolRunner::begin(QueueId id, bool fresh) {
    const auto place = index_.find(id);
    if (!place) return Begun::skipped;
    std::string destination(place->destination);
    // Its time has come while it waits: whether that is over, it sees without a turn.
    if (waits_at(id, destination) && place->due <= unix_seconds(hands_.now())) destination.clear();
    return begin_at(id, std::move(destination), fresh, Rank::back);
}

SpoolRunner::Begun SpoolRunner::begin_at(QueueId id, std::string destination, bool fresh, Rank rank) {
    const auto place = index_.find(id);
    if (draining_ || !place || !is_tried(place->state) || is_busy(id)) return Begun::skipped;
    const auto turn = destination.empty() ? Hands::Turn::go : hands_.take_turn(destination);
    if (turn == Hands::Turn::go) {
        start(id, std::string(place->state), std::move(destination), fresh);
        return Begun::begun;
    }
    Kept kept{id, std::string(place->state), looked_at(id, hands_.now()), std::string(place->destination)};
    if (place->due > unix_seconds(hands_.now()) && place->due < unix_seconds(kept.due))
        kept.due = WallTime(std::chrono::seconds(place->due));  // others of its recipients may be due then
    if (turn == Hands::Turn::rests && !has_probe(destination, id))
        be_probe(std::move(kept), destination);
    else
        wait(std::move(kept), destination, rank);
    return Begun::waits;
}

void SpoolRunner::start(QueueId id, std::string state, std::string turn, bool fresh) {
    waits_for_.erase(id.value());
    if (const auto probe = probes_.find(turn); probe != probes_.end() && probe->second == id) probes_.erase(probe);
    index_.take(id);
    running_.insert(id.value());
    if (fresh) ++fresh_running_;
    if (!fresh && turn.empty()) ++aside_running_;
    scope_->spawn(try_guarded(id, std::move(state), std::move(turn), fresh));
}

/// Until freed(), or until it is time to see whether its own time is over.
void SpoolRunner::wait(const Kept& kept, const std::string& destination, Rank rank) {
    put(kept);
    changed_.set();
    auto& waits_for = waits_for_[kept.id.value()];
    const bool waited = std::exchange(waits_for, destination) == destination;
    if (rank == Rank::front)
        waiting_[destination].push_front(kept.id);
    else if (!waited)
        waiting_[destination].push_back(kept.id);
}

/// It has its turn when the rest is over; what its try learns there counts for all that wait.
void SpoolRunner::be_probe(Kept kept, const std::string& destination) {
    probes_[destination] = kept.id;
    waits_for_.erase(kept.id.value());
    kept.due = hands_.now() + hands_.rest_of(destination);
    put(kept);
    changed_.set();
}

/// One beside `id`, that is still there and due in time.
bool SpoolRunner::has_probe(const std::string& destination, QueueId id) const {
    const auto probe = probes_.find(destination);
    if (probe == probes_.end() || probe->second == id || waits_for_.contains(probe->second.value())) return false;
    const auto place = index_.find(probe->second);
    const auto over = hands_.now() + hands_.rest_of(destination) + std::chrono::seconds(1);
    return place && is_tried(place->state) && place->destination == destination && !is_busy(probe->second) &&
           place->due <= seconds_of(over);
}

bool SpoolRunner::waits_at(QueueId id, const std::string& destination) const {
    const auto found = waits_for_.find(id.value());
    return found != waits_for_.end() && found->second == destination;
}

/// A rest that was ended by other mail: who was due at its end waits with the others, before them.
void SpoolRunner::end_probe(const std::string& destination) {
    const auto probe = probes_.find(destination);
    if (probe == probes_.end() || hands_.rest_of(destination).count() > 0) return;
    const auto id = probe->second;
    probes_.erase(probe);
    const auto place = index_.find(id);
    if (!place || place->destination != destination || is_busy(id)) return;
    if (waits_for_.try_emplace(id.value(), destination).second) waiting_[destination].push_front(id);
}

/// As many as it bears; once it bears no more the next to end tells.
void SpoolRunner::freed(const std::string& destination) {
    end_probe(destination);
    for (;;) {
        const auto found = waiting_.find(destination);
        if (draining_ || found == waiting_.end()) return;
        if (found->second.empty()) {
            waiting_.erase(found);
            return;
        }
        const auto id = found->second.front();
        found->second.pop_front();
        if (!waits_at(id, destination)) continue;
        waits_for_.erase(id.value());
        if (!has_room(true)) {
            try_again(id);  // when there is room again; the others follow it
            return;
        }
        if (begin_at(id, destination, true, Rank::front) == Begun::waits) return;
    }
}

}  // namespace md::mdqueue
