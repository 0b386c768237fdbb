// spool/queue_act.cc - see queue_act.h

#include "spool/queue_act.h"

#include <algorithm>
#include <array>

#include "base/error.h"
#include "config/route.h"

namespace md::spool {

namespace {

using Kind = ActOutcome::Kind;

constexpr std::array kActs{Act::hold,   Act::release, Act::release_unfiltered,
                           Act::remove, Act::bounce,  Act::requeue,
                           Act::move,   Act::reroute, Act::schedule};

ActOutcome refused(std::string why) {
    return {Kind::refused, "", std::move(why)};
}

/// One message in the hands of an administrator.
class Work {
  public:
    Work(Spool& spool, QueueId id, std::string queue, WallTime now, Durable durable)
        : spool_(spool), id_(id), queue_(std::move(queue)), now_(now), durable_(durable) {}

    ActOutcome remove();
    ActOutcome hold();
    ActOutcome release(bool unfiltered);
    ActOutcome bounce();
    ActOutcome requeue();
    ActOutcome move(std::string_view to);
    ActOutcome reroute(const std::string& route);
    ActOutcome schedule(const std::optional<WallTime>& next, const std::optional<WallTime>& expire);
    /// none: its envelope cannot be read
    bool read();

  private:
    [[nodiscard]] Progress line(Progress::Kind kind) const {
        Progress out;
        out.time = now_;
        out.kind = kind;
        return out;
    }
    /// Where it is tried: what was not filtered is filtered first.
    [[nodiscard]] std::string_view road() const {
        return stored_.waits_for_filter() ? state::kHolding : state::kIncoming;
    }
    ActOutcome put(std::string_view queue, const std::vector<Progress>& progress);
    [[nodiscard]] bool any_waits() const {
        return std::ranges::any_of(stored_.states(), [](const auto& one) { return !one.finished(); });
    }

    Spool& spool_;
    QueueId id_;
    std::string queue_;
    WallTime now_;
    Durable durable_;
    StoredEnvelope stored_;
};

bool Work::read() {
    try {
        auto stored = spool_.read(queue_, id_);
        if (stored) stored_ = std::move(*stored);
        return stored.has_value();
    } catch (const CorruptFile&) {
        return false;
    }
}

/// What is written goes with the envelope, and is true of it in either queue.
ActOutcome Work::put(std::string_view queue, const std::vector<Progress>& progress) {
    if (!progress.empty()) spool_.append_progress(queue_, id_, progress, durable_);
    spool_.move(id_, queue_, queue, durable_);
    return {Kind::done, std::string(queue), ""};
}

/// Where its envelope says nothing that can be read, too.
ActOutcome Work::remove() {
    const auto gone = line(Progress::Kind::discarded);
    if (read()) spool_.append_progress(queue_, id_, std::span(&gone, 1), durable_);
    spool_.remove(queue_, id_, durable_);
    return {Kind::done, "", ""};
}

ActOutcome Work::hold() {
    if (stored_.held() && queue_ == state::kHolding) return {Kind::done, queue_, ""};
    return put(state::kHolding, {line(Progress::Kind::held)});
}

ActOutcome Work::release(bool unfiltered) {
    if (queue_ != state::kHolding && queue_ != state::kQuarantine)
        return refused("it is in " + queue_ + ", and not held");
    if (stored_.envelope.recipients.empty()) return refused("it has no recipients");
    return put(unfiltered ? state::kIncoming : road(), {line(Progress::Kind::released)});
}

ActOutcome Work::bounce() {
    if (stored_.envelope.reverse_path.empty())
        return refused("its sender is the null path, to which nothing goes back; remove it, or move it to bad");
    std::vector<Progress> lines;
    const auto states = stored_.states();
    for (std::uint32_t i = 0; i < states.size(); ++i) {
        if (states[i].finished()) continue;
        auto failed = line(Progress::Kind::failed);
        failed.recipient = i;
        failed.status = "5.0.0";
        failed.text = "returned by the administrator";
        lines.push_back(std::move(failed));
    }
    if (lines.empty()) return refused("none of its recipients waits");
    return put(state::kRetry, lines);
}

ActOutcome Work::requeue() {
    std::vector<Progress> lines;
    const auto states = stored_.states();
    for (std::uint32_t i = 0; i < states.size(); ++i) {
        if (states[i].kind != RecipientState::Kind::failed) continue;
        lines.push_back(line(Progress::Kind::released));
        lines.back().recipient = i;
    }
    if (lines.empty() && !any_waits()) return refused("none of its recipients waits or has failed");
    lines.push_back(line(Progress::Kind::released));
    return put(road(), lines);
}

ActOutcome Work::move(std::string_view to) {
    if (to == state::kHolding) return hold();
    if (to == state::kIncoming) return requeue();
    if (to != state::kRetry && to != state::kRemote) return put(to, {});
    if (stored_.envelope.recipients.empty()) return refused("it has no recipients");
    return stored_.waits_for_filter() ? requeue() : put(to, {});
}

/// What failed may be requeued then.
ActOutcome Work::reroute(const std::string& route) {
    if (!route.empty() && !is_route_order(route)) return refused("\"" + route + "\" is no route");
    const auto states = stored_.states();
    const auto failed = [](const RecipientState& one) { return one.kind == RecipientState::Kind::failed; };
    if (!any_waits() && std::ranges::none_of(states, failed)) return refused("none of its recipients waits");
    if (stored_.envelope.route == route) return {Kind::done, queue_, ""};
    auto routed = line(Progress::Kind::routed);
    routed.text = route;
    return put(queue_, {routed});
}

ActOutcome Work::schedule(const std::optional<WallTime>& next, const std::optional<WallTime>& expire) {
    if (!any_waits()) return refused("none of its recipients waits");
    auto scheduled = line(Progress::Kind::scheduled);
    scheduled.next = next;
    scheduled.expire = expire;
    auto outcome = put(queue_, {scheduled});
    if (next) outcome.due = expire ? std::min(*next, *expire) : *next;
    return outcome;
}

}  // namespace

bool is_route_order(std::string_view text) noexcept {
    return config::is_route_domain(text) || config::parse_route_target(text).has_value();
}

std::string_view name(Act act) noexcept {
    switch (act) {
        case Act::hold: return "hold";
        case Act::release: return "release";
        case Act::release_unfiltered: return "release_unfiltered";
        case Act::remove: return "remove";
        case Act::bounce: return "bounce";
        case Act::requeue: return "requeue";
        case Act::move: return "move";
        case Act::reroute: return "reroute";
        case Act::schedule: return "schedule";
    }
    return {};
}

std::string_view name(Kind kind) noexcept {
    switch (kind) {
        case Kind::done: return "done";
        case Kind::not_there: return "not_there";
        case Kind::refused: return "refused";
        case Kind::no_queue: return "no_queue";
    }
    return {};
}

std::optional<Act> parse_act(std::string_view text) noexcept {
    const auto* const found = std::ranges::find(kActs, text, [](Act act) { return name(act); });
    return found == kActs.end() ? std::nullopt : std::optional(*found);
}

namespace {

ActOutcome try_act(Spool& spool, QueueId id, const Order& order, WallTime now, Durable durable) {
    const auto what = order.act;
    const auto states = spool.states();
    if (what == Act::move && std::ranges::find(states, order.to) == states.end()) return {Kind::no_queue, "", ""};
    auto queue = spool.find(id);
    if (!queue) return {Kind::not_there, "", ""};
    Work work(spool, id, std::move(*queue), now, durable);
    if (what == Act::remove) return work.remove();
    if (!work.read()) return refused("its envelope cannot be read; it can be removed, or looked at with `queue cat`");
    switch (what) {
        case Act::hold: return work.hold();
        case Act::release: return work.release(false);
        case Act::release_unfiltered: return work.release(true);
        case Act::bounce: return work.bounce();
        case Act::requeue: return work.requeue();
        case Act::move: return work.move(order.to);
        case Act::reroute: return work.reroute(order.to);
        case Act::schedule: return work.schedule(order.next, order.expire);
        case Act::remove: break;
    }
    return {};
}

}  // namespace

ActOutcome act(Spool& spool, QueueId id, const Order& order, WallTime now, Durable durable) try {
    return try_act(spool, id, order, now, durable);
} catch (const SystemError& error) {
    return refused(error.what());
}

}  // namespace md::spool
