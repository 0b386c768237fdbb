// mdimapd/slices.cc - see slices.h

#include "mdimapd/slices.h"

#include <algorithm>

namespace md::mdimapd {

using async::Deadline;
using async::Task;

Task<void> in_slices(Session& session, const SliceOfTime& work) {
    auto job = [&work] { return work(std::chrono::steady_clock::now() + kSlice); };
    for (bool more = true; more;) {
        const bool again = co_await async::offload(session.searching_pool(), job);
        more = again;
        if (more) co_await session.stay();
    }
}

Task<void> in_slices(Session& session, std::size_t count, std::size_t portion, const SliceWork& work) {
    std::size_t next = 0;
    const SliceOfTime some = [&](Deadline until) {
        while (next < count) {
            next += work(next, std::min(count, next + portion));
            if (std::chrono::steady_clock::now() >= until) break;
        }
        return next < count;
    };
    co_await in_slices(session, some);
}

}  // namespace md::mdimapd
