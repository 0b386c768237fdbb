// mdqueue/clock_watch.h - the wall clock held against the steady one: how often and by how much it was set
//
// PURPOSE
//   Times in the queue are of the wall clock, which may be set: a year ahead by a clock that lost its battery, an hour
//   back by an administrator. What waited must then neither have been tried in vain for a year nor wait an hour longer.
//   The time in which a machine sleeps counts as set ahead: nobody could try anything in it.
// CONTRACT
//   Pure: no clock of its own. Knows what happened since it was made, and nothing of what happened before.
#pragma once

#include <chrono>

#include "base/clock.h"

namespace md::mdqueue {

class ClockWatch {
  public:
    using Steady = std::chrono::steady_clock::time_point;
    static constexpr auto kJump = std::chrono::minutes(1);  ///< less is how clocks are put right

    /// The first look only remembers.
    void look(WallTime wall, Steady steady);
    /// By how much the wall clock was set, as far as was seen since the last call; 0: it was not.
    std::chrono::microseconds take_jump() noexcept;

    /// By how much it was set ahead, in all, and not back again.
    [[nodiscard]] std::chrono::microseconds ahead() const noexcept { return ahead_; }
    /// When it was: what began before that has not lasted as long as it seems.
    [[nodiscard]] WallTime since() const noexcept { return since_; }

  private:
    bool knows_ = false;
    WallTime wall_;
    Steady steady_;
    std::chrono::microseconds jump_{0};
    std::chrono::microseconds ahead_{0};
    WallTime since_;
};

}  // namespace md::mdqueue
