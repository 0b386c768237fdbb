// mdqueue/spool_acts.cc - what an administrator does with messages that wait; see spool_runner.h

#include <algorithm>

#include "async/loop.h"
#include "base/error.h"
#include "mdqueue/spool_runner.h"

namespace md::mdqueue {

using async::Task;
using spool::Act;
using spool::ActOutcome;
using spool::Freezes;

namespace {

constexpr auto kLookAgain = std::chrono::milliseconds(20);
constexpr std::int64_t kFarSeconds = 366 * 86'400;  ///< nothing but what is frozen is due so late

}  // namespace

/// Until nobody else works on any of them, or for as long as an administrator waits.
Task<void> SpoolRunner::wait_for(const std::vector<QueueId>& ids) {
    const auto busy = [this](QueueId id) { return is_busy(id); };
    for (auto left = kPatience / kLookAgain; left > 0 && std::ranges::any_of(ids, busy); --left)
        co_await async::sleep_for(kLookAgain);
}

Task<std::vector<ActOutcome>> SpoolRunner::act(std::vector<QueueId> ids, Act what, std::string to) {
    co_await known_.wait(async::never());
    co_await wait_for(ids);
    std::vector<ActOutcome> outcomes(ids.size());
    std::vector<std::size_t> mine;
    for (std::size_t i = 0; i < ids.size(); ++i) {
        if (is_busy(ids[i])) {
            outcomes[i] = {ActOutcome::Kind::refused, "", "it is being worked on; try again"};
        } else if (acting_.insert(ids[i].value()).second) {
            mine.push_back(i);
        }
    }
    const auto now = hands_.now();
    auto work = [&] {
        for (const auto i : mine) outcomes[i] = spool::act(spool_, ids[i], what, to, now, spool::Durable::later);
        spool_.sync();
    };
    std::exception_ptr failure;
    try {
        co_await hands_.blocking(work);
    } catch (const SystemError&) {
        failure = std::current_exception();
    }
    for (const auto i : mine) acting_.erase(ids[i].value());
    for (const auto i : mine) {
        const auto& outcome = outcomes[i];
        const bool gone = outcome.kind == ActOutcome::Kind::not_there || outcome.queue.empty();
        if (failure)
            co_await find_again(ids[i]);
        else if (outcome.kind == ActOutcome::Kind::refused)
            continue;
        else if (gone)
            forget(ids[i]);
        else
            enter({ids[i], outcome.queue, now});
    }
    if (failure) std::rethrow_exception(failure);
    co_return outcomes;
}

Task<bool> SpoolRunner::freeze(Freezes::Rule rule, bool frozen) {
    auto work = [&] { return freezes_.change(files_, rule, frozen); };
    const auto changed = co_await hands_.blocking(work);
    if (changed && !frozen) try_thawed();
    co_return changed;
}

/// What is due far away, or was passed by when it was due, waits for this alone.
void SpoolRunner::try_thawed() {
    ++thaws_;
    const auto far = unix_seconds(hands_.now()) + kFarSeconds;
    for (const auto id : index_.ids()) {
        const auto place = index_.find(id);
        if (place && is_tried(place->state) && !is_busy(id) &&
            (place->due > far || place->due <= unix_seconds(hands_.now())))
            enter({id, std::string(place->state), hands_.now()});
    }
}

}  // namespace md::mdqueue
