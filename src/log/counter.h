// log/counter.h - how often things happened
//
// PURPOSE
//   The rows stand in counters.def: names, the daemons that count them, prose for the operator. Many count events: each
//   event that a Logger is given is counted, whatever log.level is. For the others `count(Counter::octets_in, n)`.
// CONTRACT
//   A process counts into a page of its own until it is given another, before it has a second thread. The parent of a
//   daemon gives one that it shares with all its children (daemon/counter_book.h), so that sums hold what those have
//   counted that are no more. Any thread; never waits, never fails. Numbers grow only, and begin at 0 with the daemon.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "log/event.h"

namespace md::log {

enum class Counter : std::uint16_t {
#define COUNTER(name, daemons, prose) name,
#define COUNTED_EVENT(event, name)
#include "log/counters.def"
#undef COUNTED_EVENT
#undef COUNTER
};

#define COUNTER(name, daemons, prose) +1
#define COUNTED_EVENT(event, name)
inline constexpr std::size_t kCounters = 0
#include "log/counters.def"
    ;
#undef COUNTED_EVENT
#undef COUNTER

struct CounterRow {
    std::string_view name;
    unsigned daemons;  ///< bits of who_counts()
    std::string_view prose;
};

/// All rows, in the order of Counter.
[[nodiscard]] std::span<const CounterRow> counters() noexcept;

struct Counting {
    std::string_view daemon;  ///< "mdsmtpd"
    std::string_view prefix;  ///< "smtp": "smtp.connections"
    unsigned bit;
};
/// The daemons, each with the prefix of its counters.
[[nodiscard]] std::span<const Counting> who_counts() noexcept;

using CounterPage = std::array<std::atomic<std::uint64_t>, kCounters>;
static_assert(std::atomic<std::uint64_t>::is_always_lock_free, "a lock would not be shared between processes");

/// From now on; the page lives as long as the process.
void count_into(CounterPage& page) noexcept;
/// The one that this process counts into.
[[nodiscard]] CounterPage& counter_page() noexcept;

inline void count(Counter counter, std::uint64_t more = 1) noexcept {
    counter_page()[static_cast<std::size_t>(counter)].fetch_add(more, std::memory_order_relaxed);
}

}  // namespace md::log

namespace md {
using log::Counter;
}
