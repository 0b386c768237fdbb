// mdqueue/clock_watch.cc - see clock_watch.h

#include "mdqueue/clock_watch.h"

#include <algorithm>
#include <utility>

namespace md::mdqueue {

using std::chrono::microseconds;

void ClockWatch::look(WallTime wall, Steady steady) {
    const auto wall_before = std::exchange(wall_, wall);
    const auto steady_before = std::exchange(steady_, steady);
    if (!std::exchange(knows_, true)) return;
    const auto passed = std::chrono::duration_cast<microseconds>(steady - steady_before);
    const auto jump = std::chrono::duration_cast<microseconds>(wall - wall_before) - passed;
    if (jump < kJump && jump > -kJump) return;
    if (jump > microseconds(0) && ahead_ == microseconds(0)) since_ = wall_before + passed;
    ahead_ = std::max(microseconds(0), ahead_ + jump);
    jump_ += jump;
}

microseconds ClockWatch::take_jump() noexcept {
    return std::exchange(jump_, microseconds(0));
}

}  // namespace md::mdqueue
