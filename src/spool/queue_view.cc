// spool/queue_view.cc - see queue_view.h

#include "spool/queue_view.h"

#include <algorithm>

namespace md::spool {

namespace {

using ipc::Json;

Json time_or_null(const std::optional<WallTime>& time) {
    return time ? Json(rfc3339(*time)) : Json();
}

/// What is known of its destination beside: a time before which nothing is tried, and why.
void apply_rest(const ViewFacts& facts, const std::string& destination, RecipientState& state) {
    const auto rest = facts.rests.find(destination);
    if (rest == facts.rests.end()) return;
    if (!state.next_attempt || *state.next_attempt < rest->second.until) state.next_attempt = rest->second.until;
    if (state.last_reply.empty()) state.last_reply = rest->second.reason;
}

Json describe(const Recipient& recipient, RecipientState state, const Envelope& envelope, const ViewFacts& facts) {
    std::string destination;
    if (facts.destination_of && !state.finished())
        destination = facts.destination_of(recipient.address, envelope.route);
    if (!destination.empty()) apply_rest(facts, destination, state);
    Json one;
    one.set("address", recipient.address);
    one.set("state", name(state.kind));
    one.set("attempts", state.attempts);
    one.set("next_attempt", time_or_null(state.next_attempt));
    one.set("last_reply", state.last_reply);
    if (state.last_attempt) one.set("last_attempt", rfc3339(*state.last_attempt));
    if (!state.host.empty()) one.set("last_host", state.host);
    if (!destination.empty()) one.set("destination", destination);
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
    if (!progress.host.empty()) line.set("host", progress.host);
    if (progress.next) line.set("next", rfc3339(*progress.next));
    if (progress.expire) line.set("expire", rfc3339(*progress.expire));
    if (progress.child != QueueId()) line.set("child", progress.child.text());
    if (!progress.text.empty()) line.set("text", progress.text);
    return line;
}

}  // namespace

Json describe(const StoredEnvelope& stored, std::string_view queue, const ViewFacts& facts) {
    const auto& envelope = stored.envelope;
    const auto states = stored.states();
    auto recipients = Json::array();
    for (std::size_t i = 0; i < std::min(states.size(), kMostShown); ++i)
        if (!envelope.recipients[i].address.empty())  // a number that nobody has
            recipients.add(describe(envelope.recipients[i], states[i], envelope, facts));
    Json message;
    message.set("id", envelope.id.text());
    message.set("queue", queue);
    message.set("sender", envelope.reverse_path);
    message.set("recipients", std::move(recipients));
    if (states.size() > kMostShown) message.set("more_recipients", states.size() - kMostShown);
    message.set("size", stored.message_size);
    message.set("arrived", rfc3339(envelope.arrived));
    if (!envelope.client.account.empty()) message.set("account", envelope.client.account);
    if (!envelope.route.empty()) message.set("route", envelope.route);
    const auto until = stored.tried_until();
    const auto usual = facts.expire.count() > 0 ? std::optional(stored.tried_since() + facts.expire) : std::nullopt;
    const bool waits = std::ranges::any_of(states, [](const auto& one) { return !one.finished(); });
    if (waits && (until || usual)) message.set("expires", rfc3339(until ? *until : *usual));
    return message;
}

Json describe_whole(const StoredEnvelope& stored, std::string_view queue, const ViewFacts& facts) {
    auto shown = describe(stored, queue, facts);
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

Json describe(const Order& order) {
    Json question;
    question.set("act", name(order.act));
    if (order.act == Act::move) question.set("queue", order.to);
    if (order.act == Act::reroute) question.set("route", order.to);
    if (order.next) question.set("next", rfc3339(*order.next));
    if (order.expire) question.set("expire", rfc3339(*order.expire));
    return question;
}

std::optional<Order> parse_order(const Json& question) {
    const auto act = parse_act(question.text("act"));
    if (!act) return std::nullopt;
    Order order(*act, question.text(*act == Act::reroute ? "route" : "queue"));
    if (question.find("next") != nullptr && !(order.next = parse_rfc3339(question.text("next")))) return std::nullopt;
    if (question.find("expire") != nullptr && !(order.expire = parse_rfc3339(question.text("expire"))))
        return std::nullopt;
    return order;
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
