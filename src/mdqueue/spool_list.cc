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
constexpr std::size_t kSoughtAtOnce = 20'000;
constexpr std::size_t kPageOctets = 1U << 20U;  ///< a frame takes four times that

}  // namespace

/// The ids behind the cursor, in their order. They are sought for some pages together, so that neither the time nor the
/// memory of a page grows with the queue.
std::vector<QueueId> SpoolRunner::listed_behind(QueueId cursor) {
    auto from = std::ranges::upper_bound(listing_, cursor);
    const bool known =
        cursor != QueueId() && from != listing_.begin() && listing_.end() - from > static_cast<std::ptrdiff_t>(kPage);
    if (!known) {
        listing_ = index_.ids_behind(cursor, kSoughtAtOnce);
        from = listing_.begin();
    }
    const auto end = from + std::min<std::ptrdiff_t>(listing_.end() - from, static_cast<std::ptrdiff_t>(kPage) + 1);
    return {from, end};
}

/// The cursor is the last id shown.
Task<Json> SpoolRunner::list(std::uint64_t cursor) {
    co_await known_.wait(async::never());
    auto ids = listed_behind(QueueId(cursor));
    const bool left = ids.size() > kPage;
    if (left) ids.pop_back();
    std::vector<std::pair<QueueId, std::string>> page_of;
    for (const auto id : ids)
        if (const auto place = index_.find(id)) page_of.emplace_back(id, place->state);
    auto messages = Json::array();
    std::size_t shown = 0;
    const auto facts = facts_();
    auto read = [&] {
        for (std::size_t octets = 0; shown < page_of.size() && octets < kPageOctets; ++shown) try {
                auto& [id, queue] = page_of[shown];
                auto stored = spool_.read(queue, id);
                if (!stored) {  // it has moved since
                    queue = spool_.find(id).value_or(queue);
                    stored = spool_.read(queue, id);
                }
                if (!stored) continue;
                auto message = spool::describe(*stored, queue, facts);
                octets += message.dump().size();
                messages.add(std::move(message));
            } catch (const CorruptFile&) {
                // Told when it is tried, and by `queue show`.
            }
    };
    co_await hands_.blocking(read);
    const bool more = left || shown < page_of.size();
    if (!more) listing_ = {};
    const auto last = shown < page_of.size() ? page_of[shown - 1].first : ids.empty() ? QueueId() : ids.back();
    Json page;
    page.set("messages", std::move(messages));
    page.set("next", more ? Json(static_cast<std::int64_t>(last.value())) : Json());
    co_return page;
}

Task<std::optional<Json>> SpoolRunner::show(QueueId id) {
    const auto facts = facts_();
    auto read = [&]() -> std::optional<Json> {
        const auto queue = spool_.find(id);
        if (!queue) return std::nullopt;
        const auto stored = spool_.read(*queue, id);
        if (!stored) return std::nullopt;
        return spool::describe_whole(*stored, *queue, facts);
    };
    auto shown = co_await hands_.blocking(read);
    co_return std::move(shown);
}

}  // namespace md::mdqueue
