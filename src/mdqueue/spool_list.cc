// mdqueue/spool_list.cc - the queue as people see it; see spool_runner.h

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

Task<Json> SpoolRunner::list(std::uint64_t cursor) {
    auto list_states = [this] { return spool_.states(); };
    const auto states = co_await with_spool(list_states);
    auto messages = Json::array();
    for (; cursor / spool::Spool::kFolders < states.size() && messages.items().size() < kPage; ++cursor) {
        const auto& queue = states[cursor / spool::Spool::kFolders];
        const auto folder = static_cast<unsigned>(cursor % spool::Spool::kFolders);
        auto scan = [&] { return spool_.scan(queue, folder); };
        const auto found = co_await with_spool(scan);
        for (const auto& one : found)
            if (one.stored) messages.add(describe(*one.stored, queue));
    }
    Json page;
    page.set("messages", std::move(messages));
    page.set("next", cursor / spool::Spool::kFolders < states.size() ? Json(cursor) : Json());
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
    auto shown = co_await with_spool(read);
    co_return std::move(shown);
}

}  // namespace md::mdqueue
