// mdqueue/recipient_round.cc - see recipient_round.h

#include "mdqueue/recipient_round.h"

#include "base/strings.h"
#include "mdqueue/message_plan.h"

namespace md::mdqueue {

using async::Task;
using delivery::Expansion;
using delivery::Target;
using spool::Progress;
using spool::Recipient;
using spool::RecipientState;

Task<void> RecipientRound::run() {
    auto states = stored_.states();
    for (std::uint32_t i = 0; i < stored_.envelope.recipients.size(); ++i) {
        if (i >= states.size()) states.resize(stored_.envelope.recipients.size());
        if (!states[i].finished()) co_await serve(i, states[i]);
    }
}

Task<void> RecipientRound::serve(std::uint32_t recipient, RecipientState state) {
    if (hands_.freezes().stops(stored_.envelope, stored_.envelope.recipients[recipient].address)) {
        note_frozen(recipient, state);
        co_return;
    }
    Target target;
    const auto known = targets_.find(recipient);
    if (known != targets_.end()) {
        target = std::move(known->second);
    } else {
        const auto& asked = stored_.envelope.recipients[recipient];
        const bool followed = asked.of != Recipient::kOwn && !asked.unresolved;
        const auto forwards = followed ? delivery::Forwards::ignored : delivery::Forwards::followed;
        auto expansion = co_await hands_.expand(asked.address, forwards);
        if (!expansion.trivial()) {
            note_expansion(recipient, std::move(expansion));
            co_return;
        }
        target = std::move(expansion.targets.front());
    }
    // Under the name that the account has, too: the domain may have been given as another name of its own.
    const bool placed = target.kind == Target::Kind::mailbox;
    if (placed && hands_.freezes().stops(stored_.envelope, target.account.name.text())) {
        note_frozen(recipient, state);
        co_return;
    }
    auto since = since_;
    if (state.next_attempt == kNever) {  // the time in which it was frozen does not count
        Progress thawed;
        thawed.time = since = hands_.now();
        thawed.recipient = recipient;
        thawed.kind = Progress::Kind::released;
        note(std::move(thawed));
    }
    const auto tried = co_await attempt(target, state);
    auto one = progress_of(tried, recipient, state, since, rules_, hands_.now());
    if (!one) co_return;
    log_progress(hands_.log(), stored_.envelope.id, stored_.envelope.recipients[recipient].address, *one);
    note(std::move(*one));
}

Task<Attempt> RecipientRound::attempt(const Target& target, const RecipientState& state) {
    if (target.kind != Target::Kind::mailbox) co_return attempt_without(target);
    const auto key = target.account.name.text() + '\0' + lower(target.folder);
    const auto before = tried_.find(key);
    if (before != tried_.end()) co_return before->second;
    const auto how = state.status == kLocalError ? How::anew : how_;
    auto tried = co_await hands_.attempt(stored_.envelope, target, message_, how, first_);
    if (first_.path.empty()) first_ = tried.placed;
    delivered_any_ = delivered_any_ || tried.kind == Attempt::Kind::delivered;
    tried_.emplace(key, tried);
    co_return std::move(tried);
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
