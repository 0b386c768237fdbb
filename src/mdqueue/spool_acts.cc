// mdqueue/spool_acts.cc - what an administrator does with messages that wait; see spool_runner.h

#include <algorithm>
#include <map>

#include "async/loop.h"
#include "mdqueue/spool_runner.h"

namespace md::mdqueue {

using async::Task;
using spool::ActOutcome;
using spool::Freezes;

namespace {

constexpr auto kLookAgain = std::chrono::milliseconds(20);

ActOutcome not_on_disk() {
    return {ActOutcome::Kind::refused, "", "it could not be written to the disk; the log tells why"};
}

}  // namespace

/// Until nobody else works on any of them, or for as long as an administrator waits.
Task<void> SpoolRunner::wait_for(const std::vector<QueueId>& ids) {
    const auto busy = [this](QueueId id) { return is_busy(id); };
    for (auto left = kPatience / kLookAgain; left > 0 && std::ranges::any_of(ids, busy); --left)
        co_await async::sleep_for(kLookAgain);
}

Task<std::vector<ActOutcome>> SpoolRunner::act(std::vector<QueueId> ids, spool::Order order) {
    co_await known_.wait(async::never());
    co_await wait_for(ids);
    std::vector<ActOutcome> outcomes(ids.size());
    std::vector<std::size_t> mine;
    std::map<std::uint64_t, std::size_t> first;  // of an id that is named twice, the place that counts
    for (std::size_t i = 0; i < ids.size(); ++i) {
        if (!first.try_emplace(ids[i].value(), i).second) continue;
        if (is_busy(ids[i])) {
            outcomes[i] = {ActOutcome::Kind::refused, "", "it is being worked on; try again"};
        } else {
            acting_.insert(ids[i].value());
            mine.push_back(i);
        }
    }
    const auto failures = history_.failures();
    const auto now = hands_.now();
    auto work = [&] {
        for (const auto i : mine) outcomes[i] = spool::act(spool_, ids[i], order, now, spool::Durable::later);
    };
    co_await hands_.blocking(work);
    const auto synced = co_await hands_.on_disk();
    const bool safe = synced && history_.failures() == failures;
    for (const auto i : mine) {
        acting_.erase(ids[i].value());
        if (!safe && outcomes[i].kind == ActOutcome::Kind::done) outcomes[i] = not_on_disk();
    }
    for (const auto i : mine) {
        const auto& outcome = outcomes[i];
        // What was refused may have been passed by meanwhile, or is half done by a machine that failed.
        if (outcome.kind == ActOutcome::Kind::refused)
            co_await find_again(ids[i]);
        else if (outcome.kind == ActOutcome::Kind::not_there || outcome.queue.empty())
            forget(ids[i]);
        else
            enter({ids[i], outcome.queue, outcome.due.value_or(now)});
    }
    for (std::size_t i = 0; i < ids.size(); ++i) outcomes[i] = outcomes[first[ids[i].value()]];
    co_return outcomes;
}

/// The rules are read on the loop: there alone they change.
Task<bool> SpoolRunner::freeze(Freezes::Rule rule, bool frozen) {
    const auto guard = co_await freezing_.lock();
    auto rules = freezes_.changed(rule, frozen);
    if (!rules) co_return false;
    auto work = [&] { freezes_.write(files_, *rules); };
    co_await hands_.blocking(work);
    freezes_.set(std::move(*rules));
    if (!frozen) {
        ++thaws_;
        try_all();
    }
    co_return true;
}

/// What was stopped for some of its recipients is due when others are: a try of all costs little. What waits for a turn
/// was not looked at yet.
void SpoolRunner::try_all() {
    for (const auto id : index_.ids()) {
        const auto place = index_.find(id);
        if (place && is_tried(place->state) && !waits_for_.contains(id.value())) try_again(id);
    }
}

}  // namespace md::mdqueue
