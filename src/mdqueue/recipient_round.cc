// mdqueue/recipient_round.cc - see recipient_round.h

#include "mdqueue/recipient_round.h"

#include <utility>

#include "base/strings.h"

namespace md::mdqueue {

using async::Task;
using delivery::Expansion;
using delivery::Target;
using spool::Progress;
using spool::Recipient;
using spool::RecipientState;

Task<void> RecipientRound::run() {
    auto body = [this](async::Scope& scope) { return serve_all(scope); };
    co_await async::scoped(body);
}

Task<void> RecipientRound::serve_all(async::Scope& scope) {
    auto states = stored_.states();
    for (std::uint32_t i = 0; i < stored_.envelope.recipients.size(); ++i) {
        if (i >= states.size()) states.resize(stored_.envelope.recipients.size());
        if (is_tried(states[i])) co_await serve(i, states[i], scope);
    }
}

bool RecipientRound::is_tried(const RecipientState& state) const {
    if (state.finished()) return false;
    const auto next = next_of(state, hands_.now());
    const bool later = next && *next > hands_.now() && *next != kNever;
    // A rate holds, whoever would have all tried now.
    return !later || !(due_alone_ || state.paced_at) ||
           (stored_.tried_until() && *stored_.tried_until() <= hands_.now());
}

Task<void> RecipientRound::serve(std::uint32_t recipient, RecipientState state, async::Scope& scope) {
    if (hands_.freezes().stops(stored_.envelope, stored_.envelope.recipients[recipient].address)) {
        note_frozen(recipient, state);
        co_return;
    }
    auto target = co_await find_target(recipient);
    if (!target) co_return;
    // Under the name that the account has, too: the domain may have been given as another name of its own.
    const bool placed = target->kind == Target::Kind::mailbox;
    if (placed && hands_.freezes().stops(stored_.envelope, target->account.name.text())) {
        note_frozen(recipient, state);
        co_return;
    }
    const bool thawed = state.next_attempt == kNever;
    Waiting who{recipient, state, thawed ? tried_until(stored_, thaw(recipient), rules_) : until_};
    if (placed)
        co_await place(std::move(*target), std::move(who), scope);
    else if (target->kind == Target::Kind::remote)
        remote_.emplace_back(who.recipient, std::move(who.state), who.until);
    else
        note_attempt(who, attempt_without(*target));
}

/// none: it leads to others, who are served in their turn.
Task<std::optional<Target>> RecipientRound::find_target(std::uint32_t recipient) {
    const auto known = targets_.find(recipient);
    if (known != targets_.end()) co_return std::move(known->second);
    const auto& asked = stored_.envelope.recipients[recipient];
    const bool followed = asked.of != Recipient::kOwn && !asked.unresolved;
    const auto forwards = followed ? delivery::Forwards::ignored : delivery::Forwards::followed;
    auto expansion = co_await hands_.expand(asked.address, forwards);
    if (expansion.trivial()) co_return std::move(expansion.targets.front());
    note_expansion(recipient, std::move(expansion));
    co_return std::nullopt;
}

Task<void> RecipientRound::place(Target target, Waiting who, async::Scope& scope) {
    auto key = target.account.name.text() + '\0' + lower(target.folder);
    auto& one = tried_[std::move(key)];  // stays where it is
    if (one.end) {
        note_attempt(who, *one.end);
        co_return;
    }
    one.waiting.push_back(std::move(who));
    if (one.waiting.size() > 1) co_return;
    one.target = std::move(target);
    if (!delivered_any_) {
        co_await attempt(one);
        co_return;
    }
    while (running_ >= kAtOnce) co_await async::Wait(slot_free_, async::never());
    ++running_;
    scope.spawn(attempt_beside(one));
}

Task<void> RecipientRound::attempt_beside(Try& one) {
    co_await attempt(one);
    --running_;
    slot_free_.wake_all();
}

Task<void> RecipientRound::attempt(Try& one) {
    const auto how = one.waiting.front().state.status == kLocalError ? How::anew : how_;
    auto tried = co_await hands_.attempt(stored_.envelope, one.target, message_, how, first_);
    if (!tried.placed.path.empty()) first_ = tried.placed;  // its owner may move an earlier one
    delivered_any_ = delivered_any_ || tried.kind == Attempt::Kind::delivered;
    for (const auto& who : std::exchange(one.waiting, {})) note_attempt(who, tried);
    one.end = std::move(tried);
}

/// The time in which it was frozen does not count.
WallTime RecipientRound::thaw(std::uint32_t recipient) {
    Progress thawed;
    thawed.time = hands_.now();
    thawed.recipient = recipient;
    thawed.kind = Progress::Kind::released;
    note(thawed);
    return thawed.time;
}

void RecipientRound::note_attempt(const Waiting& who, const Attempt& tried) {
    auto one = progress_of(tried, who.recipient, who.state, who.until, rules_, hands_.now());
    log_progress(hands_.log(), stored_.envelope.id, stored_.envelope.recipients[who.recipient].address, one);
    note(std::move(one));
}

void RecipientRound::note_expansion(std::uint32_t recipient, Expansion expansion) {
    Progress one;
    one.time = hands_.now();
    one.recipient = recipient;
    const auto first = static_cast<std::uint32_t>(stored_.envelope.recipients.size());
    auto number = first;
    for (auto& target : expansion.targets) {
        one.kind = target.forwarded ? Progress::Kind::forward : Progress::Kind::target;
        one.text = target.address;
        one.status = target.kind == Target::Kind::unknown ? target.status.text() : std::string();
        note(one);
        targets_.emplace(number++, std::move(target));
    }
    one.kind = Progress::Kind::expanded;
    one.status.clear();
    one.text = std::to_string(expansion.targets.size()) + " " + std::to_string(first);
    note(std::move(one));
}

/// Once, and not as a try: until the thaw it costs nothing.
void RecipientRound::note_frozen(std::uint32_t recipient, const RecipientState& state) {
    if (state.next_attempt == kNever) return;
    Progress one;
    one.time = hands_.now();
    one.recipient = recipient;
    one.kind = Progress::Kind::held;
    one.next = kNever;
    one.text = "frozen by the administrator";
    note(std::move(one));
}

void RecipientRound::note(Progress one) {
    progress_.push_back(one);
    stored_.add(std::move(one));
}

}  // namespace md::mdqueue
