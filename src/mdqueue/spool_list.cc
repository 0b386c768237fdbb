// mdqueue/spool_list.cc - the queue as people see it; see spool_runner.h

#include <algorithm>

#include "async/worker_pool.h"
#include "base/error.h"
#include "mdqueue/spool_runner.h"
#include "spool/queue_view.h"

namespace md::mdqueue {

using async::Task;
using ipc::Json;

namespace {

constexpr std::size_t kPage = 500;

}  // namespace

/// In the order of ids, of which the cursor is the last one shown.
Task<Json> SpoolRunner::list(std::uint64_t cursor) {
    co_await known_.wait(async::never());
    auto ids = index_.ids();
    auto choose = [&] {
        std::erase_if(ids, [cursor](QueueId id) { return id.value() <= cursor; });
        const auto end = ids.begin() + static_cast<std::ptrdiff_t>(std::min(ids.size(), kPage));
        std::ranges::partial_sort(ids, end);
        return static_cast<std::size_t>(std::distance(end, ids.end()));
    };
    const auto left = co_await async::offload(pool_, choose);
    ids.erase(ids.end() - static_cast<std::ptrdiff_t>(left), ids.end());
    std::vector<std::pair<QueueId, std::string>> page_of;
    for (const auto id : ids)
        if (const auto place = index_.find(id)) page_of.emplace_back(id, place->state);
    auto messages = Json::array();
    auto read = [&] {
        for (const auto& [id, queue] : page_of) try {
                if (const auto stored = spool_.read(queue, id)) messages.add(spool::describe(*stored, queue));
            } catch (const CorruptFile&) {
                // Told when it is tried, and by `queue show`.
            }
    };
    co_await hands_.blocking(read);
    Json page;
    page.set("messages", std::move(messages));
    page.set("next", left > 0 ? Json(static_cast<std::int64_t>(ids.back().value())) : Json());
    co_return page;
}

Task<std::optional<Json>> SpoolRunner::show(QueueId id) {
    auto read = [&]() -> std::optional<Json> {
        const auto queue = spool_.find(id);
        if (!queue) return std::nullopt;
        const auto stored = spool_.read(*queue, id);
        if (!stored) return std::nullopt;
        return spool::describe_whole(*stored, *queue);
    };
    auto shown = co_await hands_.blocking(read);
    co_return std::move(shown);
}

}  // namespace md::mdqueue
