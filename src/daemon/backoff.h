// daemon/backoff.h - when the next child of a place is started
//
// PURPOSE
//   A child that ended unbidden is followed at once by another, the next after 0.1 s, 0.2 s ... up to 10 s. What lived
//   for 30 s has forgotten its predecessors.
#pragma once

#include <algorithm>
#include <chrono>

namespace md::daemon {

class Backoff {
  public:
    using Duration = std::chrono::milliseconds;
    static constexpr Duration kFirst{100};
    static constexpr Duration kLongest{10'000};
    static constexpr Duration kForgotten{30'000};

    /// The wait after a child that lived for `lifetime`.
    [[nodiscard]] Duration next(Duration lifetime) noexcept {
        if (lifetime >= kForgotten) wait_ = Duration(0);
        const auto wait = wait_;
        wait_ = std::clamp(2 * wait_, kFirst, kLongest);
        return wait;
    }

  private:
    Duration wait_{0};
};

}  // namespace md::daemon
