// mdqueue/spool_list.cc - the queue as people see it; see spool_runner.h

#include <algorithm>

#include "async/worker_pool.h"
#include "base/error.h"
#include "mdqueue/spool_runner.h"

namespace md::mdqueue {

using async::Task;
using ipc::Json;

namespace {

constexpr std::size_t kPage = 500;

Json time_or_null(const std::optional<WallTime>& time) {
    return time ? Json(rfc3339(*time)) : Json();
}

}  // namespace

Json describe(const spool::StoredEnvelope& stored, std::string_view queue) {
    const auto& envelope = stored.envelope;
    const auto states = stored.states();
    auto recipients = Json::array();
    for (std::size_t i = 0; i < states.size(); ++i) {
        Json one;
        one.set("address", envelope.recipients[i].address);
        one.set("state", spool::name(states[i].kind));
        one.set("attempts", states[i].attempts);
        one.set("next_attempt", time_or_null(states[i].next_attempt));
        one.set("last_reply", states[i].last_reply);
        recipients.add(std::move(one));
    }
    Json message;
    message.set("id", envelope.id.text());
    message.set("queue", queue);
    message.set("sender", envelope.reverse_path);
    message.set("recipients", std::move(recipients));
    message.set("size", stored.message_size);
    message.set("arrived", rfc3339(envelope.arrived));
    return message;
}

/// In the order of ids, of which the cursor is the last one shown.
Task<Json> SpoolRunner::list(std::uint64_t cursor) {
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
                if (const auto stored = spool_.read(queue, id)) messages.add(describe(*stored, queue));
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
        auto shown = describe(*stored, *queue);
        auto history = Json::array();
        for (const auto& progress : stored->progress) {
            Json line;
            line.set("time", rfc3339(progress.time));
            line.set("event", spool::name(progress.kind));
            if (progress.recipient < stored->envelope.recipients.size())
                line.set("recipient", stored->envelope.recipients[progress.recipient].address);
            if (!progress.status.empty()) line.set("status", progress.status);
            if (!progress.text.empty()) line.set("text", progress.text);
            history.add(std::move(line));
        }
        shown.set("history", std::move(history));
        return shown;
    };
    auto shown = co_await hands_.blocking(read);
    co_return std::move(shown);
}

}  // namespace md::mdqueue
