// daemon/counter_book.h - what a daemon has counted, now and a while ago
//
// PURPOSE
//   One a parent. Its page of counters (log/counter.h) is shared with all children that are forked later, so that it
//   alone answers for all of them, and for those that have ended. A sample a minute, for a day, tells what was counted
//   since then; a base line, set on request, is another beginning, and takes nothing from the counters.
// CONTRACT
//   Made before any child is forked and before the process has a second thread. A child that writes nonsense into the
//   page spoils figures, no more.
// FORMAT
//   doc/formats/control.md: "stats"
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <optional>

#include "base/clock.h"
#include "ipc/json.h"
#include "log/counter.h"

namespace md::daemon {

class CounterBook {
  public:
    using Values = std::array<std::uint64_t, log::kCounters>;
    static constexpr auto kStep = std::chrono::minutes(1);
    static constexpr std::size_t kSamples = 24 * 60;

    explicit CounterBook(const Clock& clock = real_clock());  ///< SystemError
    ~CounterBook();
    CounterBook(const CounterBook&) = delete;
    CounterBook& operator=(const CounterBook&) = delete;

    /// Once in each kStep.
    void sample();

    /// The reply to {"request": "stats", …} but for the gauges.
    [[nodiscard]] ipc::Json answer(const ipc::Json& request);

  private:
    struct Moment {
        WallTime time;
        Values values;
    };

    [[nodiscard]] Moment now() const;
    [[nodiscard]] std::optional<Moment> moment_before(WallTime time) const;

    const Clock& clock_;
    log::CounterPage* page_;
    log::CounterPage& before_;  ///< what the process counted into
    Moment start_;
    Moment base_;
    std::deque<Moment> samples_;  ///< the oldest first
    bool forgets_ = false;        ///< a sample has been dropped
};

}  // namespace md::daemon
