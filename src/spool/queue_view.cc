// spool/queue_view.cc - see queue_view.h

#include "spool/queue_view.h"

#include <algorithm>

namespace md::spool {

namespace {

using ipc::Json;

Json time_or_null(const std::optional<WallTime>& time) {
    return time ? Json(rfc3339(*time)) : Json();
}

Json describe(const Recipient& recipient, const RecipientState& state, const Envelope& envelope) {
    Json one;
    one.set("address", recipient.address);
    one.set("state", name(state.kind));
    one.set("attempts", state.attempts);
    one.set("next_attempt", time_or_null(state.next_attempt));
    one.set("last_reply", state.last_reply);
    if (recipient.of != Recipient::kOwn) one.set("by", envelope.recipients[recipient.of].address);
    return one;
}

Json describe(const Progress& progress, const Envelope& envelope) {
    Json line;
    line.set("time", rfc3339(progress.time));
    line.set("event", name(progress.kind));
    if (progress.recipient < envelope.recipients.size())
        line.set("recipient", envelope.recipients[progress.recipient].address);
    if (!progress.status.empty()) line.set("status", progress.status);
    if (progress.child != QueueId()) line.set("child", progress.child.text());
    if (!progress.text.empty()) line.set("text", progress.text);
    return line;
}

}  // namespace

Json describe(const StoredEnvelope& stored, std::string_view queue) {
    const auto& envelope = stored.envelope;
    const auto states = stored.states();
    auto recipients = Json::array();
    for (std::size_t i = 0; i < std::min(states.size(), kMostShown); ++i)
        if (!envelope.recipients[i].address.empty())  // a number that nobody has
            recipients.add(describe(envelope.recipients[i], states[i], envelope));
    Json message;
    message.set("id", envelope.id.text());
    message.set("queue", queue);
    message.set("sender", envelope.reverse_path);
    message.set("recipients", std::move(recipients));
    if (states.size() > kMostShown) message.set("more_recipients", states.size() - kMostShown);
    message.set("size", stored.message_size);
    message.set("arrived", rfc3339(envelope.arrived));
    if (!envelope.client.account.empty()) message.set("account", envelope.client.account);
    return message;
}

Json describe_whole(const StoredEnvelope& stored, std::string_view queue) {
    auto shown = describe(stored, queue);
    const auto& client = stored.envelope.client;
    shown.set("origin", name(client.origin));
    if (!client.ip.empty()) shown.set("client_ip", client.ip);
    if (!client.helo.empty()) shown.set("helo", client.helo);
    if (stored.envelope.parent != QueueId()) shown.set("parent", stored.envelope.parent.text());
    auto history = Json::array();
    const auto first = stored.progress.size() - std::min(stored.progress.size(), kMostShown);
    if (first > 0) shown.set("earlier_events", first);
    for (auto i = first; i < stored.progress.size(); ++i) history.add(describe(stored.progress[i], stored.envelope));
    shown.set("history", std::move(history));
    return shown;
}

Json describe(QueueId id, const ActOutcome& outcome) {
    Json row;
    row.set("id", id.text());
    row.set("result", name(outcome.kind));
    if (!outcome.queue.empty()) row.set("queue", outcome.queue);
    if (!outcome.why.empty()) row.set("why", outcome.why);
    return row;
}

Json describe(const Freezes& freezes) {
    auto out = Json::array();
    for (const auto& [kind, value] : freezes.rules()) out.add(Json().set("kind", name(kind)).set("value", value));
    return out;
}

}  // namespace md::spool
