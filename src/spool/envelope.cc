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
        case Progress::Kind::routed: return "routed";
        case Progress::Kind::scheduled: return "scheduled";
        case Progress::Kind::paced: return "paced";
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
            to.paced_at.reset();
            if (to.kind == RecipientState::Kind::failed) to.kind = RecipientState::Kind::waiting;
            return;
        case Progress::Kind::held:
            if (!progress.next) return;
            to.next_attempt = progress.next;
            to.last_reply = progress.text;
            return;
        case Progress::Kind::routed: to.next_attempt.reset(); return;
        case Progress::Kind::scheduled:
            if (progress.next) to.next_attempt = progress.next;
            return;
        case Progress::Kind::paced:
            to.next_attempt = progress.next;
            to.last_reply = progress.text;
            to.paced_at = progress.time;
            return;
        case Progress::Kind::attempted:
        case Progress::Kind::made:
        case Progress::Kind::target:
        case Progress::Kind::forward: return;
    }
    ++to.attempts;
    to.next_attempt = progress.next;
    to.last_attempt = progress.time;
    to.paced_at.reset();
    to.status = progress.status;
    to.last_reply = progress.text;
    to.host = progress.host;
    to.transcript = progress.transcript;
}

bool is_target(const Progress& progress) {
    return progress.kind == Progress::Kind::target || progress.kind == Progress::Kind::forward;
}

/// What an `expanded` line says: how many, and the number of the first.
struct Closing {
    std::uint32_t count = 0;
    std::uint32_t first = 0;
};

std::optional<Closing> read_closing(std::string_view text) {
    const auto space = text.find(' ');
    const auto count = parse_number<std::uint32_t>(text.substr(0, space));
    if (!count || space == std::string_view::npos) return std::nullopt;
    const auto first = parse_number<std::uint32_t>(text.substr(space + 1));
    return first ? std::optional(Closing{*count, *first}) : std::nullopt;
}

/// The targets of `recipient` that stand directly before; none: they are not all there.
std::optional<std::vector<const Progress*>> last_targets(const std::vector<Progress>& progress, std::uint32_t recipient,
                                                         std::uint32_t count) {
    if (count > progress.size()) return std::nullopt;
    std::vector<const Progress*> targets;
    for (auto i = progress.size() - count; i < progress.size(); ++i) {
        if (!is_target(progress[i]) || progress[i].recipient != recipient) return std::nullopt;
        targets.push_back(&progress[i]);
    }
    return targets;
}

/// More than any message has; a number that bits made is not to cost memory.
constexpr std::uint32_t kMostRecipients = 10'000'000;

}  // namespace

void StoredEnvelope::add(Progress one) {
    const auto number = one.recipient;
    // Of a recipient whose coming is lost; it comes again under another number.
    if (number != Progress::kWhole && number >= envelope.recipients.size()) return;
    if (one.kind == Progress::Kind::expanded && !expand(one)) return;
    if (one.kind == Progress::Kind::routed) envelope.route = one.text;
    progress.push_back(std::move(one));
}

/// false: the line says nothing, for what it closes is not there.
bool StoredEnvelope::expand(const Progress& one) {
    auto& recipients = envelope.recipients;
    const auto closing = read_closing(one.text);
    if (!closing || closing->first < recipients.size() || closing->first > kMostRecipients) return false;
    const auto targets = last_targets(progress, one.recipient, closing->count);
    if (!targets) return false;
    // The numbers between are those of an expansion whose line is lost: nobody has them.
    while (recipients.size() < closing->first) {
        recipients.emplace_back();
        recipients.back().of = one.recipient;
    }
    for (const auto* target : *targets) {
        auto recipient = recipients[one.recipient];
        recipient.address = target->text;
        recipient.of = one.recipient;
        recipient.unresolved = !target->status.empty();
        recipient.forwarded = recipient.forwarded || target->kind == Progress::Kind::forward;
        recipients.push_back(std::move(recipient));
    }
    return true;
}

std::vector<RecipientState> StoredEnvelope::states() const {
    std::vector<RecipientState> out(envelope.recipients.size());
    for (std::size_t i = 0; i < out.size(); ++i)
        if (envelope.recipients[i].address.empty()) out[i].kind = RecipientState::Kind::expanded;
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

bool StoredEnvelope::waits_for_filter() const noexcept {
    const auto tried = [](const Progress& one) {
        return one.recipient != Progress::kWhole && one.kind != Progress::Kind::failed;
    };
    return envelope.unfiltered && std::ranges::none_of(progress, tried);
}

WallTime StoredEnvelope::tried_since() const noexcept {
    auto since = envelope.arrived;
    for (const auto& one : progress)
        if (one.kind == Progress::Kind::released) since = std::max(since, one.time);
    return since;
}

std::optional<WallTime> StoredEnvelope::tried_until() const noexcept {
    std::optional<WallTime> until;
    for (const auto& one : progress) {
        if (one.recipient != Progress::kWhole) continue;
        if (one.kind == Progress::Kind::released) until.reset();
        if (one.kind == Progress::Kind::scheduled && one.expire) until = one.expire;
    }
    return until;
}

std::vector<Progress> StoredEnvelope::wishes() const {
    std::vector<Progress> out;
    for (const auto& one : progress)
        if (one.kind == Progress::Kind::routed || one.kind == Progress::Kind::scheduled) out.push_back(one);
    return out;
}

unsigned StoredEnvelope::unfinished_attempts() const noexcept {
    unsigned count = 0;
    for (const auto& one : progress) count = one.kind == Progress::Kind::attempted ? count + 1 : 0;
    return count;
}

}  // namespace md::spool
