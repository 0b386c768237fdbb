// daemon/counter_book.cc - see counter_book.h

#include "daemon/counter_book.h"

#include <sys/mman.h>

#include <algorithm>
#include <cerrno>
#include <new>

#include "base/error.h"

namespace md::daemon {

namespace {

using ipc::Json;

log::CounterPage* shared_page() {
    void* memory = ::mmap(nullptr, sizeof(log::CounterPage), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) throw SystemError("mmap", "", errno);
    return ::new (memory) log::CounterPage();
}

}  // namespace

CounterBook::CounterBook(const Clock& clock)
    : clock_(clock), page_(shared_page()), before_(log::counter_page()), start_(now()), base_(start_) {
    log::count_into(*page_);
}

CounterBook::~CounterBook() {
    log::count_into(before_);
    ::munmap(page_, sizeof(log::CounterPage));
}

CounterBook::Moment CounterBook::now() const {
    Moment moment{clock_.now(), {}};
    std::ranges::transform(*page_, moment.values.begin(),
                           [](const auto& counter) { return counter.load(std::memory_order_relaxed); });
    return moment;
}

void CounterBook::sample() {
    samples_.push_back(now());
    if (samples_.size() <= kSamples) return;
    samples_.pop_front();
    forgets_ = true;
}

/// The last one by then that is known; the start, if it was later. None: forgotten.
std::optional<CounterBook::Moment> CounterBook::moment_before(WallTime time) const {
    const auto found =
        std::find_if(samples_.rbegin(), samples_.rend(), [time](const Moment& one) { return one.time <= time; });
    if (found != samples_.rend()) return *found;
    if (!forgets_ || time <= start_.time) return start_;
    return std::nullopt;
}

Json CounterBook::answer(const Json& request) {
    const auto refused = [](std::string_view why) { return Json().set("ok", false).set("error", why); };
    auto from = std::optional(base_);
    if (const auto since = request.text("since"); since == "start") {
        from = start_;
    } else if (!since.empty()) {
        const auto time = parse_rfc3339(since);
        if (!time) return refused("\"since\" is no time");
        from = moment_before(*time);
        if (!from) return Json().set("ok", true).set("known_since", rfc3339(samples_.front().time));
    }
    const auto to = now();
    Json values = Json::object();
    for (std::size_t i = 0; i < log::kCounters; ++i) {
        const auto more = to.values[i] - std::min(to.values[i], from->values[i]);
        values.set(std::string(log::counters()[i].name),
                   static_cast<std::int64_t>(std::min<std::uint64_t>(more, INT64_MAX)));
    }
    if (request.boolean("reset")) base_ = to;
    return Json().set("ok", true).set("since", rfc3339(from->time)).set("counters", std::move(values));
}

}  // namespace md::daemon
