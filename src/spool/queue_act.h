// spool/queue_act.h - what an administrator does with a message that waits
//
// PURPOSE
//   One meaning of hold, release, remove, bounce, requeue, move, reroute and schedule, for the manager and for mdctl
//   while it is down.
// CONTRACT
//   Blocks; by the owner of the spool's lock, for a message that nobody works on. With Durable::later the caller's next
//   Spool::sync() makes it durable. What is refused has changed nothing, but where this machine failed on the way.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "spool/spool.h"

namespace md::spool {

enum class Act : std::uint8_t {
    hold,                ///< into holding, until it is released
    release,             ///< out of holding (what was not filtered is filtered first) or quarantine
    release_unfiltered,  ///< out of holding as it is
    remove,              ///< for good, and nobody is told
    bounce,              ///< back to its sender with a report
    requeue,             ///< to be tried anew, what failed included, with the time of a new message
    move,                ///< into another queue
    reroute,             ///< what is for other sites goes by another route, and is tried now
    schedule,            ///< when it is tried next, and when no more
};
[[nodiscard]] std::string_view name(Act act) noexcept;
[[nodiscard]] std::optional<Act> parse_act(std::string_view text) noexcept;

/// An act, with what it needs to know.
struct Order {
    Act act = Act::hold;
    std::string to;                  ///< move: the queue; reroute: the route, empty: by none of an administrator's
    std::optional<WallTime> next;    ///< schedule; none: as it is
    std::optional<WallTime> expire;  ///< schedule; likewise

    Order(Act a, std::string t = {}) : act(a), to(std::move(t)) {}
};

/// What Act::reroute takes: `to` of a [[route]], or `domain` of one that stands in the configuration. Pure.
[[nodiscard]] bool is_route_order(std::string_view text) noexcept;

struct ActOutcome {
    enum class Kind : std::uint8_t { done, not_there, refused, no_queue };  ///< no_queue: that to move to

    Kind kind = Kind::done;
    std::string queue;                           ///< done: where it is now; empty: it is gone
    std::string why;                             ///< refused: one line
    std::optional<WallTime> due = std::nullopt;  ///< done: when it is tried next; none: now
};

/// "done", "not_there", "refused", "no_queue"
[[nodiscard]] std::string_view name(ActOutcome::Kind kind) noexcept;

[[nodiscard]] ActOutcome act(Spool& spool, QueueId id, const Order& order, WallTime now, Durable durable);
[[nodiscard]] inline ActOutcome act(Spool& spool, QueueId id, Act what, std::string_view to, WallTime now,
                                    Durable durable) {
    return act(spool, id, Order(what, std::string(to)), now, durable);
}

}  // namespace md::spool
