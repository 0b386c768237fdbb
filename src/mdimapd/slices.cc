// mdimapd/slices.cc - see slices.h

#include "mdimapd/slices.h"

#include <algorithm>

#include "async/scope.h"

namespace md::mdimapd {

using async::Task;

namespace {

/// More would take the pool from the other sessions.
constexpr std::size_t kAtOnce = 2;

struct Slices {
    async::WorkerPool& pool;
    std::size_t count;
    std::size_t slice;
    const SliceWork& work;
    std::size_t next = 0;
};

Task<void> take_slices(Slices& slices) {
    while (slices.next < slices.count) {
        const auto first = slices.next;
        const auto last = std::min(slices.count, first + slices.slice);
        slices.next = last;
        auto job = [&slices, first, last] { slices.work(first, last); };
        co_await async::offload(slices.pool, job);
    }
}

Task<void> spawn_all(async::Scope& scope, Slices& slices) {
    for (std::size_t i = 1; i < kAtOnce && i * slices.slice < slices.count; ++i) scope.spawn(take_slices(slices));
    co_await take_slices(slices);
}

}  // namespace

Task<void> in_slices(async::WorkerPool& pool, std::size_t count, std::size_t slice, const SliceWork& work) {
    Slices slices{pool, count, slice, work};
    auto body = [&slices](async::Scope& scope) { return spawn_all(scope, slices); };
    co_await async::scoped(body);
}

}  // namespace md::mdimapd
