// mdqueue/spool_runner.cc - when what is tried; see spool_runner.h

#include "mdqueue/spool_runner.h"

#include <algorithm>
#include <set>

#include "async/loop.h"
#include "async/worker_pool.h"
#include "daemon/contain.h"
#include "mdqueue/message_plan.h"

namespace md::mdqueue {

using async::Task;
using spool::Index;
namespace state = spool::state;

namespace {

constexpr std::size_t kBegunAtOnce = 256;  ///< in one turn of the loop
constexpr auto kSyncAgain = std::chrono::seconds(5);
constexpr auto kSaveEvery = std::chrono::seconds(5);
constexpr std::size_t kLookedAtOnce = 256;

}  // namespace

SpoolRunner::SpoolRunner(async::WorkerPool& pool, Files& files, spool::Spool& spool, Hands& hands,
                         const SyncHistory& history, spool::Freezes& freezes)
    : pool_(pool),
      spool_(spool),
      hands_(hands),
      history_(history),
      work_(hands, spool, history),
      index_(files, spool.index_path()),
      files_(files),
      freezes_(freezes) {}

bool SpoolRunner::is_tried(std::string_view queue) const noexcept {
    // In holding what was not filtered is; the rest is left to the administrator.
    const bool has_tries =
        queue == state::kIncoming || queue == state::kRetry || queue == state::kRemote || queue == state::kHolding;
    return has_tries && !freezes_.has(spool::Freezes::Kind::queue, queue);
}

bool SpoolRunner::is_busy(QueueId id) const {
    return held_.contains(id.value()) || running_.contains(id.value()) || acting_.contains(id.value());
}

Task<void> SpoolRunner::run(async::Scope& scope) {
    co_await started_.wait(async::never());
    auto load = [this] { return index_.load(); };
    const auto loaded = co_await async::offload(pool_, load);
    if (loaded) known_.set();
    co_await sync_what_is_there();
    scope.spawn(keep_saving());
    scope.spawn(scan_guarded());
    scope_ = &scope;
    for (;;) {
        changed_.clear();
        look_at_clock();
        for (std::size_t begun = 1; !draining_; ++begun) {
            const auto fresh = next_fresh();
            const auto id = fresh ? fresh : next_due();
            if (!id) break;
            begin(*id, fresh.has_value());
            if (begun % kBegunAtOnce == 0) co_await async::yield();
        }
        auto deadline = async::never();
        const auto due = index_.next_due();
        if (due != Index::kNever && has_room(false) && !draining_) {
            // Wall time may jump: look again at least each minute.
            const auto wait = std::clamp<std::int64_t>(due - unix_seconds(hands_.now()), 1, 60);
            deadline = async::after(std::chrono::seconds(wait));
        }
        co_await changed_.wait(deadline);
    }
}

std::optional<QueueId> SpoolRunner::next_fresh() {
    if (fresh_.empty() || !has_room(true)) return std::nullopt;
    const auto id = fresh_.front();
    fresh_.pop_front();
    return id;
}

std::optional<QueueId> SpoolRunner::next_due() {
    return has_room(false) ? index_.take_due(unix_seconds(hands_.now())) : std::nullopt;
}

Task<void> SpoolRunner::drain() {
    draining_ = true;
    const auto end = async::after(kDrain);
    while (!running_.empty() && async::Loop::current().now() < end)
        co_await async::sleep_for(std::chrono::milliseconds(20));
}

/// What a process that was killed has written may be in memory alone, and work rests on it.
Task<void> SpoolRunner::sync_what_is_there() {
    for (;;) {
        const auto safe = co_await hands_.on_disk();
        if (safe) co_return;
        co_await async::sleep_for(kSyncAgain);
    }
}

Task<void> SpoolRunner::try_guarded(QueueId id, std::string queue, std::string turn, bool fresh) {
    Ending ending;
    Trying trying;
    trying.anew = doubtful_.contains(id.value());
    trying.urgent = urgent_.erase(id.value()) > 0;
    trying.turn = turn;
    const auto fault = co_await daemon::contain(try_message(id, queue, trying, ending));
    running_.erase(id.value());
    if (fresh) --fresh_running_;
    if (!fresh && turn.empty()) --aside_running_;
    if (!trying.turn.empty()) hands_.give_back(trying.turn);
    if (ending.kept && !ending.waits_for.empty())
        begin_at(id, ending.waits_for, fresh, Rank::back);  // it may have become free meanwhile
    if (!turn.empty()) freed(turn);
    for (const auto& made : ending.made) enter(made);
    if (ending.absent) {
        const auto lost = co_await daemon::contain(find_again(id));
        if (lost) hands_.log().failure(Event::QueueFault, lost);
    }
    if (fault) {
        hands_.log().failure(Event::QueueFault, fault);
        doubtful_.insert(id.value());  // it may have been a sync
        enter({id, std::move(queue), hands_.now() + wait_after(0, hands_.rules())});
    }
    changed_.set();
}

Task<void> SpoolRunner::try_message(QueueId id, std::string queue, Trying& trying, Ending& ending) {
    const auto thaws = thaws_;
    co_await work_.handle(id, std::move(queue), trying, ending);
    // What it found frozen may have been thawed meanwhile.
    if (ending.kept && thaws != thaws_) ending.kept->due = hands_.now();
    if (ending.doubtful)
        doubtful_.insert(id.value());
    else
        doubtful_.erase(id.value());
    if (ending.kept && !ending.waits_for.empty())
        put(*ending.kept);
    else if (ending.kept)
        enter(*ending.kept);
    else if (!ending.absent)
        forget(id);
}

void SpoolRunner::hold(QueueId id) {
    held_.try_emplace(id.value(), thaws_);
    held_.try_emplace(spool::quarantine_copy(id).value(), thaws_);
}

bool SpoolRunner::release(QueueId id) {
    const auto held = held_.find(id.value());
    const bool thawed = held != held_.end() && held->second != thaws_;
    held_.erase(id.value());
    held_.erase(spool::quarantine_copy(id).value());
    return thawed;
}

void SpoolRunner::enter(const Kept& kept) {
    const bool fresh = !index_.find(kept.id) && kept.due <= hands_.now();
    put(kept);
    if (fresh) fresh_.push_back(kept.id);
    changed_.set();
}

/// Not before it is due, and at once if it is.
std::int64_t SpoolRunner::seconds_of(WallTime due) const {
    const auto now = hands_.now();
    if (due <= now) return unix_seconds(now);
    return due == WallTime::max() ? Index::kNever : unix_seconds(due + std::chrono::microseconds(999'999));
}

void SpoolRunner::put(const Kept& kept) {
    const auto due = is_tried(kept.state) ? seconds_of(kept.due) : Index::kNever;
    index_.put(kept.id, kept.state, kept.destination, due);
}

void SpoolRunner::forget(QueueId id) {
    if (const auto place = index_.find(id)) {
        const auto probe = probes_.find(std::string(place->destination));
        if (probe != probes_.end() && probe->second == id) probes_.erase(probe);
    }
    index_.remove(id);
    doubtful_.erase(id.value());
    urgent_.erase(id.value());
    waits_for_.erase(id.value());
}

std::size_t SpoolRunner::try_now(std::optional<QueueId> only) {
    return try_now(only ? std::vector<QueueId>{*only} : index_.ids());
}

std::size_t SpoolRunner::try_now(const std::vector<QueueId>& ids) {
    std::size_t count = 0;
    std::set<std::string, std::less<>> woken;
    for (const auto id : ids) {
        const auto place = index_.find(id);
        if (!place || !is_tried(place->state) || is_busy(id)) continue;
        std::string destination(place->destination);
        urgent_.insert(id.value());
        ++count;
        const auto waits = waits_for_.find(id.value());
        // It stays in its place among those that wait there; where several go is not known before they are read.
        woken.insert(waits != waits_for_.end() ? waits->second : destination);
        if (waits == waits_for_.end())
            enter({id, std::string(place->state), hands_.now() - std::chrono::seconds(1), std::move(destination)});
    }
    for (const auto& destination : woken) {
        destination.empty() ? hands_.end_rests() : hands_.end_rest(destination);
        freed(destination);
    }
    return count;
}

Task<void> SpoolRunner::keep_saving() {
    for (;;) {
        co_await async::sleep_for(kSaveEvery);
        co_await sync_now_and_then();
        co_await save();
    }
}

/// What nobody waits for: tries that were put off, moves between the queues.
Task<void> SpoolRunner::sync_now_and_then() {
    auto ask = [this] { return spool_.is_behind(); };
    const auto behind = co_await hands_.blocking(ask);
    if (behind) co_await hands_.on_disk();
}

/// What cannot be written is a hint that is missing: the scan of the next start finds it.
Task<void> SpoolRunner::save() {
    const auto guard = co_await save_mutex_.lock();
    if (!index_.dirty()) co_return;
    const auto saving = index_.begin_save();
    auto write = [&] { index_.write(saving); };
    std::exception_ptr failure;
    try {
        co_await async::offload(pool_, write);
    } catch (const SystemError&) {
        failure = std::current_exception();
    }
    if (failure) hands_.log().failure(Event::QueueFault, failure);
}

/// A scan that meets a failure of this machine is made by the next start.
Task<void> SpoolRunner::scan_guarded() {
    const auto fault = co_await daemon::contain(scan());
    known_.set();
    if (fault) hands_.log().failure(Event::QueueFault, fault);
}

/// Beside the work: what the index does not know is entered, what it knows wrongly is put right.
Task<void> SpoolRunner::scan() {
    auto list_states = [this] { return spool_.states(); };
    const auto states = co_await hands_.blocking(list_states);
    for (const auto& queue : states)
        for (unsigned folder = 0; folder < spool::Spool::kFolders; ++folder) {
            const auto fault = co_await daemon::contain(scan_folder(queue, folder));
            if (fault) hands_.log().failure(Event::QueueFault, fault);
        }
    co_await drop_what_is_gone();
}

Task<void> SpoolRunner::scan_folder(const std::string& queue, unsigned folder) {
    auto work = [&] { return spool_.scan(queue, folder); };
    const auto found = co_await hands_.blocking(work);
    for (const auto& one : found) {
        if (!one.stored || is_busy(one.id) || waits_for_.contains(one.id.value())) continue;
        const auto place = index_.find(one.id);
        const auto due = first_due(*one.stored);
        const bool late = place && is_tried(queue) && place->due > seconds_of(due);
        if (place && place->state == queue && !late) continue;
        if (place && place->state != queue)
            co_await find_again(one.id);
        else
            enter({one.id, queue, due, place ? std::string(place->destination) : std::string()});
    }
}

/// What was frozen may have been thawed while nobody looked: one try tells.
WallTime SpoolRunner::first_due(const spool::StoredEnvelope& stored) const {
    const auto due = due_of(stored, hands_.now());
    return due >= kNever ? hands_.now() : due;
}

void SpoolRunner::try_again(QueueId id) {
    const auto place = index_.find(id);
    if (!place || is_busy(id)) return;
    enter({id, std::string(place->state), hands_.now(), std::string(place->destination)});
}

Task<void> SpoolRunner::find_again(QueueId id) {
    std::optional<std::string> home;
    auto look = [&] {
        home = spool_.find(id);
        return home ? spool_.read(*home, id) : std::nullopt;
    };
    const auto stored = co_await hands_.blocking(look);
    if (is_busy(id)) co_return;
    if (stored)
        enter({id, *home, first_due(*stored)});
    else
        forget(id);
}

Task<void> SpoolRunner::drop_what_is_gone() {
    const auto ids = index_.ids();
    for (std::size_t from = 0; from < ids.size(); from += kLookedAtOnce) {
        std::vector<std::pair<QueueId, std::string>> known;
        for (std::size_t i = from; i < std::min(ids.size(), from + kLookedAtOnce); ++i)
            if (const auto place = index_.find(ids[i])) known.emplace_back(ids[i], place->state);
        auto look = [&] {
            std::erase_if(known, [this](const auto& one) { return spool_.is_there(one.second, one.first); });
        };
        co_await hands_.blocking(look);
        for (const auto& [id, queue] : known)
            if (!is_busy(id)) co_await find_again(id);
    }
}

}  // namespace md::mdqueue
