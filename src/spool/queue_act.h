// spool/queue_act.h - what an administrator does with a message that waits
//
// PURPOSE
//   One meaning of hold, release, remove, bounce, requeue and move, for the manager and for mdctl while it is down.
// CONTRACT
//   Blocks; by the owner of the spool's lock, for a message that nobody works on. With Durable::later the caller's next
//   Spool::sync() makes it durable. What is refused has changed nothing, but where this machine failed on the way.
#pragma once

#include <optional>
#include <string>
#include <string_view>

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
};
[[nodiscard]] std::string_view name(Act act) noexcept;
[[nodiscard]] std::optional<Act> parse_act(std::string_view text) noexcept;

struct ActOutcome {
    enum class Kind : std::uint8_t { done, not_there, refused, no_queue };  ///< no_queue: that to move to

    Kind kind = Kind::done;
    std::string queue;  ///< done: where it is now; empty: it is gone
    std::string why;    ///< refused: one line
};

/// "done", "not_there", "refused", "no_queue"
[[nodiscard]] std::string_view name(ActOutcome::Kind kind) noexcept;

/// `to`: Act::move alone.
[[nodiscard]] ActOutcome act(Spool& spool, QueueId id, Act what, std::string_view to, WallTime now, Durable durable);

}  // namespace md::spool
