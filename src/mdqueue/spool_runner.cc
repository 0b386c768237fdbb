// mdqueue/spool_runner.cc - when what is tried; see spool_runner.h

#include "mdqueue/spool_runner.h"

#include <algorithm>

#include "async/loop.h"
#include "daemon/contain.h"

namespace md::mdqueue {

using async::Task;
using spool::Progress;
namespace opt = config::opt;
namespace state = spool::state;

namespace {

constexpr std::size_t kAtATime = 32;

}  // namespace

SpoolRunner::SpoolRunner(daemon::Child& child, spool::Spool& spool, Dispatcher& dispatcher, Settlement& settlement)
    : child_(child), spool_(spool), dispatcher_(dispatcher), settlement_(settlement), log_(child.log()) {}

bool SpoolRunner::is_tried(std::string_view queue) const noexcept {
    return queue == state::kIncoming || queue == state::kRetry;
}

Task<void> SpoolRunner::load() {
    auto list_states = [this] { return spool_.states(); };
    const auto states = co_await with_spool(list_states);
    for (const auto& queue : states) {
        for (unsigned folder = 0; folder < spool::Spool::kFolders; ++folder) {
            auto scan = [&] { return spool_.scan(queue, folder); };
            const auto found = co_await with_spool(scan);
            for (const auto& one : found)
                if (one.stored && !items_.contains(one.id)) schedule(one.id, queue, next_due(*one.stored));
        }
    }
}

Task<void> SpoolRunner::run(async::Scope& scope) {
    for (;;) {
        changed_.clear();
        while (!due_.empty() && due_.begin()->first <= now() && running_ < kAtATime) {
            const auto id = due_.begin()->second;
            due_.erase(due_.begin());
            auto& item = items_.at(id);
            if (!is_tried(item.state)) continue;
            item.running = true;
            ++running_;
            scope.spawn(try_guarded(id));
        }
        auto deadline = async::never();
        if (!due_.empty() && running_ < kAtATime) {
            // Wall time may jump: look again at least each minute.
            const auto wait = std::clamp<async::Duration>(due_.begin()->first - now(), std::chrono::milliseconds(10),
                                                          std::chrono::minutes(1));
            deadline = async::after(wait);
        }
        co_await changed_.wait(deadline);
    }
}

Task<void> SpoolRunner::try_guarded(QueueId id) {
    const auto fault = co_await daemon::contain(try_message(id));
    --running_;
    const auto known = items_.find(id);
    if (known != items_.end()) known->second.running = false;
    if (fault) {
        log_.failure(Event::QueueFault, fault);
        if (known != items_.end()) schedule(id, known->second.state, next_try(0));
    }
    changed_.set();
}

Task<void> SpoolRunner::add(spool::Envelope envelope, std::vector<spool::MessagePiece> message,
                            std::vector<Progress> progress, std::string queue) {
    auto work = [&] {
        (void)spool_.add(queue, envelope, message, spool::Durable::now);
        // If it existed, a crash came between the two: what is known is said again.
        if (!progress.empty()) spool_.append_progress(queue, envelope.id, progress, spool::Durable::now);
    };
    co_await with_spool(work);
    log_.event(Event::QueueSpooled, envelope.id, queue);
    if (!items_.contains(envelope.id)) schedule(envelope.id, queue, now());
}

Task<void> SpoolRunner::add_raw(QueueId id, std::vector<spool::MessagePiece> octets, std::string why) {
    auto work = [&] { spool_.add_raw(id, now(), octets, why); };
    co_await with_spool(work);
    log_.event(Event::QueueBad, id, why);
}

std::size_t SpoolRunner::try_now(std::optional<QueueId> only) {
    std::vector<QueueId> chosen;
    for (const auto& [id, item] : items_)
        if ((!only || id == *only) && is_tried(item.state) && !item.running) chosen.push_back(id);
    for (const auto id : chosen) schedule(id, items_.at(id).state, now());
    return chosen.size();
}

void SpoolRunner::schedule(QueueId id, std::string queue, WallTime due) {
    auto& item = items_[id];
    due_.erase({item.due, id});
    item.state = std::move(queue);
    item.due = due;
    if (is_tried(item.state)) due_.insert({due, id});
    changed_.set();
}

void SpoolRunner::forget(QueueId id) {
    const auto known = items_.find(id);
    if (known == items_.end()) return;
    due_.erase({known->second.due, id});
    items_.erase(known);
}

/// RFC 5321 §4.5.4.1: the waits of queue.retry, the last one again and again.
WallTime SpoolRunner::next_try(std::uint32_t attempts) const {
    const auto& waits = child_.config()[opt::queue_retry];
    const auto place = std::min<std::size_t>(attempts, waits.size() - 1);
    return now() + waits[place];
}

bool SpoolRunner::expired(const spool::Envelope& envelope) const {
    return now() >= envelope.arrived + child_.config()[opt::queue_expire];
}

WallTime SpoolRunner::next_due(const spool::StoredEnvelope& stored) const {
    auto due = WallTime::max();
    bool unfinished = false;
    for (const auto& recipient : stored.states()) {
        if (recipient.finished()) continue;
        unfinished = true;
        due = std::min(due, recipient.next_attempt.value_or(now()));
    }
    return unfinished ? due : now();
}

/// Where a message waits: for a mailbox here in retry, else for other sites in remote.
std::string SpoolRunner::state_for(const spool::StoredEnvelope& stored) const {
    const auto states = stored.states();
    const auto is_local = [](const spool::RecipientState& one) {
        return !one.finished() && one.next_attempt.has_value();
    };
    const bool local = std::any_of(states.begin(), states.end(), is_local);
    return std::string(local ? state::kRetry : state::kRemote);
}

}  // namespace md::mdqueue
