// mdqueue/due_reports.cc - see due_reports.h

#include "mdqueue/due_reports.h"

#include <algorithm>

#include "base/strings.h"

namespace md::mdqueue {

namespace {

using delivery::Reported;
using mail::ReportAction;
using spool::Recipient;
using spool::RecipientState;
using Kind = RecipientState::Kind;

/// RFC 3461 §4.1; without NOTIFY, as a sender expects it who knows of none.
struct Wishes {
    bool success = false;
    bool failure = true;
    bool delay = true;
};

Wishes wishes_of(const Recipient& recipient) {
    for (const auto& one : recipient.parameters) {
        if (one.name != "NOTIFY") continue;
        const auto wanted = split(one.value, ',');
        const auto has = [&wanted](std::string_view word) {
            return std::ranges::any_of(wanted, [word](std::string_view each) { return equal_nocase(each, word); });
        };
        return {has("SUCCESS"), has("FAILURE"), has("DELAY")};
    }
    return {};
}

/// How many of its own mailboxes and sites each recipient led to; forwards are not counted.
std::vector<std::uint32_t> fan_out(const spool::Envelope& envelope) {
    std::vector<std::uint32_t> out(envelope.recipients.size());
    for (const auto& recipient : envelope.recipients)
        if (recipient.of != Recipient::kOwn && !recipient.forwarded && !recipient.address.empty()) ++out[recipient.of];
    return out;
}

/// RFC 3461 §5.2.7.2 and .3 (c): the success of the one that an alias stands for is told, of several none.
bool stands_alone(const spool::Envelope& envelope, const std::vector<std::uint32_t>& fan, std::uint32_t number) {
    for (auto of = envelope.recipients[number].of; of != Recipient::kOwn; of = envelope.recipients[of].of)
        if (fan[of] > 1) return false;
    return true;
}

}  // namespace

WallTime waited_from(const spool::Envelope& envelope, const Rules& rules) {
    return envelope.arrived < rules.ahead_since ? envelope.arrived + rules.ahead : envelope.arrived;
}

bool tells_success(const spool::Envelope& envelope, std::uint32_t number) {
    return !envelope.recipients[number].forwarded && stands_alone(envelope, fan_out(envelope), number);
}

std::vector<Reported> final_reports(const spool::StoredEnvelope& stored) {
    std::vector<Reported> out;
    const auto& envelope = stored.envelope;
    const auto states = stored.states();
    const auto fan = fan_out(envelope);
    for (std::uint32_t i = 0; i < states.size(); ++i) {
        const auto& recipient = envelope.recipients[i];
        if (!states[i].finished() || states[i].reported || recipient.forwarded) continue;
        const auto wishes = wishes_of(recipient);
        const bool success = wishes.success && !envelope.reverse_path.empty() && stands_alone(envelope, fan, i);
        if (states[i].kind == Kind::failed && wishes.failure) out.push_back({i, ReportAction::failed});
        if (states[i].kind == Kind::delivered && success) out.push_back({i, ReportAction::delivered});
        // RFC 3461 §5.2.2: where the next host does not report, nobody else will.
        if (states[i].kind == Kind::relayed && success) out.push_back({i, ReportAction::relayed});
        // Nobody but forwards: what they are is not the sender's to know (RFC 3461 §5.2.7.4).
        if (states[i].kind == Kind::expanded && success && fan[i] != 1)
            out.push_back({i, fan[i] == 0 ? ReportAction::delivered : ReportAction::expanded});
    }
    return out;
}

std::vector<Reported> due_reports(const spool::StoredEnvelope& stored, const Rules& rules, WallTime now) {
    auto out = final_reports(stored);
    const auto& envelope = stored.envelope;
    if (rules.delay_after.count() == 0 || now < waited_from(envelope, rules) + rules.delay_after ||
        envelope.reverse_path.empty())
        return out;
    const auto states = stored.states();
    for (std::uint32_t i = 0; i < states.size(); ++i) {
        const auto& recipient = envelope.recipients[i];
        if (states[i].finished() || states[i].delay_reported || recipient.forwarded) continue;
        if (states[i].attempts == 0 && !states[i].paced_at) continue;  // there is nothing to say of it
        if (wishes_of(recipient).delay) out.push_back({i, ReportAction::delayed});
    }
    return out;
}

}  // namespace md::mdqueue
