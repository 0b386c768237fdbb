// spool/envelope.cc - names of what an envelope holds, and what progress adds up to; see envelope.h

#include "spool/envelope.h"

#include <algorithm>

#include "base/strings.h"

namespace md::spool {

std::string_view name(Verdict::Action action) noexcept {
    switch (action) {
        case Verdict::Action::accept: return "accept";
        case Verdict::Action::tag: return "tag";
        case Verdict::Action::junk: return "junk";
        case Verdict::Action::quarantine: return "quarantine";
        case Verdict::Action::queue: return "queue";
        case Verdict::Action::refuse: return "refuse";
        case Verdict::Action::discard: return "discard";
    }
    return {};
}

std::string_view name(Progress::Kind kind) noexcept {
    switch (kind) {
        case Progress::Kind::attempted: return "attempted";
        case Progress::Kind::delivered: return "delivered";
        case Progress::Kind::relayed: return "relayed";
        case Progress::Kind::discarded: return "discarded";
        case Progress::Kind::failed: return "failed";
        case Progress::Kind::deferred: return "deferred";
        case Progress::Kind::reported: return "reported";
        case Progress::Kind::made: return "made";
        case Progress::Kind::released: return "released";
        case Progress::Kind::held: return "held";
        case Progress::Kind::target: return "target";
        case Progress::Kind::forward: return "forward";
        case Progress::Kind::expanded: return "expanded";
    }
    return {};
}

std::string_view name(RecipientState::Kind kind) noexcept {
    switch (kind) {
        case RecipientState::Kind::waiting: return "waiting";
        case RecipientState::Kind::delivered: return "delivered";
        case RecipientState::Kind::relayed: return "relayed";
        case RecipientState::Kind::discarded: return "discarded";
        case RecipientState::Kind::failed: return "failed";
        case RecipientState::Kind::expanded: return "expanded";
    }
    return {};
}

std::string_view name(BodyType body) noexcept {
    switch (body) {
        case BodyType::seven_bit: return "7bit";
        case BodyType::eight_bit_mime: return "8bitmime";
        case BodyType::binary_mime: return "binarymime";
    }
    return {};
}

std::string_view name(Origin origin) noexcept {
    switch (origin) {
        case Origin::smtp: return "smtp";
        case Origin::submission: return "submission";
        case Origin::lmtp: return "lmtp";
        case Origin::local: return "local";
        case Origin::collected: return "collected";
        case Origin::made_here: return "made-here";
    }
    return {};
}

namespace {

void apply(const Progress& progress, RecipientState& to) {
    switch (progress.kind) {
        case Progress::Kind::delivered: to.kind = RecipientState::Kind::delivered; break;
        case Progress::Kind::relayed: to.kind = RecipientState::Kind::relayed; break;
        case Progress::Kind::discarded: to.kind = RecipientState::Kind::discarded; break;
        case Progress::Kind::failed: to.kind = RecipientState::Kind::failed; break;
        case Progress::Kind::deferred: break;
        case Progress::Kind::expanded:
            to.kind = RecipientState::Kind::expanded;
            to.next_attempt.reset();
            return;
        case Progress::Kind::reported: (progress.text == "delayed" ? to.delay_reported : to.reported) = true; return;
        case Progress::Kind::released:
            to.next_attempt.reset();
            to.reported = false;
            to.attempts = 0;
            if (to.kind == RecipientState::Kind::failed) to.kind = RecipientState::Kind::waiting;
            return;
        case Progress::Kind::held:
            if (!progress.next) return;
            to.next_attempt = progress.next;
            to.last_reply = progress.text;
            return;
        case Progress::Kind::attempted:
        case Progress::Kind::made:
        case Progress::Kind::target:
        case Progress::Kind::forward: return;
    }
    ++to.attempts;
    to.next_attempt = progress.next;
    to.last_attempt = progress.time;
    to.status = progress.status;
    to.last_reply = progress.text;
}

bool is_target(const Progress& progress) {
    return progress.kind == Progress::Kind::target || progress.kind == Progress::Kind::forward;
}

/// The targets that `closing` closes; none: they are not all there, and it says nothing.
std::optional<std::vector<const Progress*>> targets_of(const std::vector<Progress>& progress, const Progress& closing) {
    const auto count = parse_number<std::uint32_t>(closing.text);
    std::vector<const Progress*> targets;
    for (auto one = progress.rbegin(); count && one != progress.rend() && targets.size() < *count; ++one)
        if (is_target(*one) && one->recipient == closing.recipient) targets.push_back(&*one);
    if (!count || targets.size() < *count) return std::nullopt;
    std::ranges::reverse(targets);
    return targets;
}

}  // namespace

void StoredEnvelope::add(Progress one) {
    const auto number = one.recipient;
    if (one.kind == Progress::Kind::expanded) {
        const auto targets = targets_of(progress, one);
        if (!targets || number >= envelope.recipients.size()) return;
        for (const auto* target : *targets) {
            auto recipient = envelope.recipients[number];
            recipient.address = target->text;
            recipient.of = number;
            recipient.unresolved = !target->status.empty();
            recipient.forwarded = recipient.forwarded || target->kind == Progress::Kind::forward;
            envelope.recipients.push_back(std::move(recipient));
        }
    }
    progress.push_back(std::move(one));
}

std::vector<RecipientState> StoredEnvelope::states() const {
    std::vector<RecipientState> out(envelope.recipients.size());
    for (const auto& one : progress) {
        if (one.recipient == Progress::kWhole) {
            for (auto& state : out)
                if (!state.finished()) apply(one, state);
        } else if (one.recipient < out.size()) {
            apply(one, out[one.recipient]);
        }
    }
    return out;
}

bool StoredEnvelope::held() const noexcept {
    bool held = false;
    for (const auto& one : progress) {
        if (one.recipient != Progress::kWhole) continue;
        if (one.kind == Progress::Kind::held) held = true;
        if (one.kind == Progress::Kind::released) held = false;
    }
    return held;
}

WallTime StoredEnvelope::tried_since() const noexcept {
    auto since = envelope.arrived;
    for (const auto& one : progress)
        if (one.kind == Progress::Kind::released) since = std::max(since, one.time);
    return since;
}

unsigned StoredEnvelope::unfinished_attempts() const noexcept {
    unsigned count = 0;
    for (const auto& one : progress) count = one.kind == Progress::Kind::attempted ? count + 1 : 0;
    return count;
}

}  // namespace md::spool
