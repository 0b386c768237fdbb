// log/counter.cc - see counter.h

#include "log/counter.h"

#include <algorithm>

#include "log/logger.h"

namespace md::log {

namespace {

constexpr unsigned smtp = 1;
constexpr unsigned imap = 2;
constexpr unsigned pop3 = 4;
constexpr unsigned queue = 8;
constexpr unsigned filter = 16;

constexpr std::array kWho{
    Counting{"mdsmtpd", "smtp", smtp},   Counting{"mdimapd", "imap", imap},       Counting{"mdpop3d", "pop3", pop3},
    Counting{"mdqueue", "queue", queue}, Counting{"mdfilterd", "filter", filter},
};

constexpr CounterRow kRows[] = {
#define COUNTER(name, daemons, prose) {#name, daemons, prose},
#define COUNTED_EVENT(event, name)
#include "log/counters.def"
#undef COUNTED_EVENT
#undef COUNTER
};

constexpr std::size_t kUncounted = kCounters;

/// What an event is counted as.
constexpr auto kCounterOf = [] {
    std::array<std::size_t, std::size(kEvents)> out{};
    out.fill(kUncounted);
#define COUNTER(name, daemons, prose)
#define COUNTED_EVENT(event, name) \
    out[static_cast<std::size_t>(Event::event)] = static_cast<std::size_t>(Counter::name);
#include "log/counters.def"
#undef COUNTED_EVENT
#undef COUNTER
    return out;
}();

CounterPage own_page{};
CounterPage* page = &own_page;

}  // namespace

std::span<const CounterRow> counters() noexcept {
    return kRows;
}

std::span<const Counting> who_counts() noexcept {
    return kWho;
}

void count_into(CounterPage& shared) noexcept {
    page = &shared;
}

CounterPage& counter_page() noexcept {
    return *page;
}

void count_event(Event event) noexcept {
    const auto counter = kCounterOf[static_cast<std::size_t>(event)];
    if (counter != kUncounted) count(static_cast<Counter>(counter));
}

}  // namespace md::log
