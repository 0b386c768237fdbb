// mdqueue/spool_clock.cc - what the runner does when the wall clock was set; see spool_runner.h and clock_watch.h

#include "async/loop.h"
#include "mdqueue/spool_runner.h"
#include "spool/index.h"

namespace md::mdqueue {

/// Set ahead, everything is due, and nothing is too old for it (Rules::ahead). Set back, the times that are known lie
/// too far away: each is looked at, and those whose last try is in the future are tried (next_of()).
void SpoolRunner::look_at_clock() {
    hands_.clock.look(hands_.now(), async::Loop::current().now());
    const auto jump = hands_.clock.take_jump();
    if (jump == std::chrono::microseconds(0)) return;
    const bool ahead = jump > std::chrono::microseconds(0);
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(ahead ? jump : -jump).count();
    hands_.log().event(Event::QueueFault, "the clock was set " + std::string(ahead ? "ahead" : "back") + " by " +
                                              std::to_string(seconds) + " s; no message gets older by that");
    if (ahead) return;
    for (const auto id : index_.ids()) {
        const auto place = index_.find(id);
        const bool waits = waits_for_.contains(id.value());
        if (place && place->due != spool::Index::kNever && is_tried(place->state) && !waits) try_again(id);
    }
}

}  // namespace md::mdqueue
