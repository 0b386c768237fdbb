// mdqueue/message_plan.cc - see message_plan.h

#include "mdqueue/message_plan.h"

#include <algorithm>

#include "base/strings.h"
#include "dns/name.h"
#include "mail/header.h"
#include "mail/header_edit.h"
#include "mdqueue/due_reports.h"

namespace md::mdqueue {

using spool::Progress;
using spool::RecipientState;
using spool::Verdict;
namespace state = spool::state;

namespace {

constexpr std::uint64_t kHeaderLimit = 16U << 20;

}  // namespace

Sorted sort_recipients(const spool::Envelope& envelope, const std::vector<std::uint32_t>& open) {
    Sorted sorted;
    for (const auto i : open) {
        const auto action = envelope.recipients[i].verdict.action;
        if (action == Verdict::Action::quarantine || action == Verdict::Action::refuse)
            sorted.apart.push_back(i);
        else if (action != Verdict::Action::discard)
            sorted.wanted.push_back(i);
    }
    return sorted;
}

spool::Envelope envelope_for(const spool::Envelope& envelope, const std::vector<std::uint32_t>& numbers) {
    auto out = envelope;
    out.edits.clear();
    out.recipients.clear();
    for (const auto i : numbers) out.recipients.push_back(envelope.recipients[i]);
    return out;
}

spool::Envelope quarantine_envelope(const spool::Envelope& envelope, const std::vector<std::uint32_t>& numbers) {
    auto out = envelope_for(envelope, numbers);
    out.id = spool::quarantine_copy(envelope.id);
    out.parent = envelope.id;
    return out;
}

Readable edited(const File& file, std::uint64_t offset, std::uint64_t size, const spool::Envelope& envelope,
                std::uint64_t header_limit) {
    if (envelope.edits.empty()) return {{}, &file, offset, size};
    std::string begin(std::min<std::uint64_t>(size, header_limit), '\0');
    begin.resize(file.read_at(offset, begin.data(), begin.size()));
    const auto from = std::min<std::uint64_t>(envelope.relay_from, begin.size());
    const auto header = std::string_view(begin).substr(from);
    mail::HeaderScanner scanner(header);
    while (scanner.next()) continue;
    const auto end = from + scanner.header_size();
    return {begin.substr(0, from) + mail::apply(header.substr(0, scanner.header_size()), envelope.edits), &file,
            offset + end, size - end};
}

std::vector<spool::MessagePiece> pieces_of(const Readable& message, std::shared_ptr<const File> file) {
    std::vector<spool::MessagePiece> pieces;
    if (!message.beginning.empty()) pieces.emplace_back(message.beginning);
    pieces.emplace_back(std::move(file), message.offset, message.size);
    return pieces;
}

Readable with_delivered_to(const Readable& message, std::uint64_t relay_from, const std::string& address) {
    auto out = message;
    if (out.beginning.size() < relay_from) {
        std::string rest(std::min<std::uint64_t>(relay_from - out.beginning.size(), out.size), '\0');
        rest.resize(out.file->read_at(out.offset, rest.data(), rest.size()));
        out.offset += rest.size();
        out.size -= rest.size();
        out.beginning += rest;
    }
    const auto at = std::min<std::uint64_t>(relay_from, out.beginning.size());
    out.beginning.insert(at, mail::format_field("Delivered-To", address));
    return out;
}

std::vector<spool::MessagePiece> with_body(const File& file, std::uint64_t size, const spool::Envelope& envelope,
                                           const std::string& body) {
    std::string begin(std::min(size, kHeaderLimit), '\0');
    begin.resize(file.read_at(0, begin.data(), begin.size()));
    const auto from = std::min<std::uint64_t>(envelope.relay_from, begin.size());
    const auto header = std::string_view(begin).substr(from);
    mail::HeaderScanner scanner(header);
    while (scanner.next()) continue;
    std::vector<spool::MessagePiece> pieces;
    pieces.emplace_back(begin.substr(0, from) + mail::apply(header.substr(0, scanner.header_size()), envelope.edits) +
                        "\n" + body);
    return pieces;
}

/// RFC 5321 §4.5.4.1: the waits of queue.retry, the last one again and again.
std::chrono::microseconds wait_after(std::uint32_t attempts, const Rules& rules) {
    return rules.retry[std::min<std::size_t>(attempts, rules.retry.size() - 1)];
}

std::string domain_of(std::string_view address) {
    const auto domain = address.substr(address.rfind('@') + 1);
    return dns::to_query_name(domain).value_or(lower(domain));
}

std::string destination_of(const Hands& hands, const spool::Envelope& envelope, std::string_view address) {
    return envelope.route.empty() ? hands.destination_of(domain_of(address)) : "route " + envelope.route;
}

Attempt attempt_without(const delivery::Target& target) {
    using Kind = delivery::Target::Kind;
    Attempt attempt;
    attempt.kind = target.kind == Kind::nowhere ? Attempt::Kind::failed : Attempt::Kind::deferred;
    attempt.status = target.status.text();
    attempt.text = target.reason;
    return attempt;
}

WallTime tried_until(const spool::StoredEnvelope& stored, WallTime since, const Rules& rules) {
    return stored.tried_until().value_or(since + rules.expire);
}

WallTime waits_since(const spool::StoredEnvelope& stored, const Rules& rules, WallTime now) {
    const auto since = stored.tried_since();
    if (since < rules.ahead_since) return since + rules.ahead;
    if (since <= now) return since;
    // It came while the clock was ahead: the first thing that happened since it was set back.
    for (const auto& one : stored.progress)
        if (one.time <= now) return one.time;
    return now;
}

Progress progress_of(const Attempt& attempt, std::uint32_t recipient, const RecipientState& before, WallTime until,
                     const Rules& rules, WallTime now) {
    Progress progress;
    progress.time = now;
    progress.recipient = recipient;
    progress.status = attempt.status;
    progress.text = attempt.text;
    progress.host = attempt.host;
    if (attempt.kind == Attempt::Kind::failed) progress.transcript = attempt.transcript;
    switch (attempt.kind) {
        case Attempt::Kind::relayed: progress.kind = Progress::Kind::relayed; break;
        case Attempt::Kind::delivered: progress.kind = Progress::Kind::delivered; break;
        case Attempt::Kind::failed: progress.kind = Progress::Kind::failed; break;
        case Attempt::Kind::again:
        case Attempt::Kind::deferred:
            progress.kind = Progress::Kind::deferred;
            // The last try is when its time is over, whatever the wait.
            progress.next = std::min(now + wait_after(before.attempts, rules), until);
            if (now < until) break;
            progress.kind = Progress::Kind::failed;
            progress.next.reset();
            progress.status = "5.4.7";  // RFC 3463 §3.5: delivery time expired
            progress.text = "not delivered in time; last: " + attempt.text;
            progress.transcript = attempt.transcript;
            break;
    }
    return progress;
}

void log_progress(const log::Logger& log, QueueId id, const std::string& address, const Progress& progress) {
    if (progress.kind == Progress::Kind::relayed) log.event(Event::Relayed, id, address, progress.host, progress.text);
    if (progress.kind == Progress::Kind::failed)
        log.event(Event::QueueFailed, id, address, progress.status, progress.text);
    if (progress.kind == Progress::Kind::deferred || progress.kind == Progress::Kind::paced)
        log.event(Event::QueueDeferred, id, address, progress.status, progress.text);
}

std::optional<std::string_view> place_of(const spool::StoredEnvelope& stored) {
    const auto states = stored.states();
    if (states.empty()) return state::kBad;
    if (std::ranges::all_of(states, &RecipientState::finished)) {
        // RFC 5321 §4.5.5: nobody is told of a report that could not be delivered.
        if (!final_reports(stored).empty()) return state::kBad;
        for (std::size_t i = 0; i < states.size(); ++i)
            if (states[i].kind == RecipientState::Kind::failed && stored.envelope.recipients[i].forwarded)
                return state::kBad;
        return std::nullopt;
    }
    const auto has_next = [](const RecipientState& one) { return !one.finished() && one.next_attempt.has_value(); };
    return std::ranges::any_of(states, has_next) ? state::kRetry : state::kRemote;
}

std::optional<WallTime> next_of(const RecipientState& state, WallTime now) {
    constexpr auto kSkew = std::chrono::minutes(2);
    const auto set_at = std::max(state.last_attempt.value_or(now), state.paced_at.value_or(now));
    const bool usual = !state.next_attempt || *state.next_attempt == kNever || set_at <= now + kSkew;
    return usual ? state.next_attempt : now;
}

WallTime due_of(const spool::StoredEnvelope& stored, WallTime now) {
    if (!final_reports(stored).empty() && !stored.envelope.reverse_path.empty()) return now;
    auto due = WallTime::max();
    // An administrator's end of its time is one: nobody waits behind it for the next try.
    const auto end = stored.tried_until().value_or(WallTime::max());
    for (const auto& recipient : stored.states()) {
        const auto next = next_of(recipient, now);
        if (!recipient.finished() && next) due = std::min(due, *next == kNever ? *next : std::min(*next, end));
    }
    // Without any it was never tried, or waits for a relay alone: who waits for one beside others does not hurry them.
    return due == WallTime::max() ? now : due;
}

WallTime due_of_report(const spool::StoredEnvelope& stored, const Rules& rules, WallTime now) {
    const auto states = stored.states();
    const auto waits = [](const RecipientState& one) { return !one.finished() && one.next_attempt != kNever; };
    auto due = WallTime::max();
    const auto sooner = [&](WallTime time) {
        if (time > now) due = std::min(due, time);
    };
    if (std::ranges::none_of(states, waits)) return due;
    sooner(tried_until(stored, waits_since(stored, rules, now), rules));
    const auto untold = [&](const RecipientState& one) { return waits(one) && !one.delay_reported; };
    const bool tells = rules.delay_after.count() > 0 && std::ranges::any_of(states, untold);
    if (tells) sooner(waited_from(stored.envelope, rules) + rules.delay_after);
    return due;
}

}  // namespace md::mdqueue
