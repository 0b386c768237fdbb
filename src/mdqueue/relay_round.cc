// mdqueue/relay_round.cc - see relay_round.h

#include "mdqueue/relay_round.h"

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "base/strings.h"
#include "mdqueue/due_reports.h"
#include "mdqueue/message_plan.h"

namespace md::mdqueue {

using async::Task;
using spool::Progress;

namespace {

/// RFC 3461 §5.2.7.4: where an account forwards to is not the sender's to know.
void say_nothing_of(spool::Recipient& recipient) {
    recipient.parameters.clear();
    recipient.parameters.emplace_back("NOTIFY", "NEVER");
}

/// RFC 3461 §5.2.7.3 (c): of several that one address stands for the sender is told by us, once, that it was expanded.
void leave_out_success(spool::Recipient& recipient) {
    for (auto& parameter : recipient.parameters) {
        if (parameter.name != "NOTIFY") continue;
        std::string left;
        for (const auto word : split(parameter.value, ','))
            if (!equal_nocase(word, "SUCCESS")) left.append(left.empty() ? "" : ",").append(word);
        parameter.value = left.empty() ? "NEVER" : std::move(left);
    }
}

/// Its sender hears of the delay before he is tried again: what was said is kept for that. Not with each try, which
/// would make the envelope long.
bool is_told_before(WallTime next, const spool::Envelope& envelope, const spool::RecipientState& state,
                    const Rules& rules) {
    return !state.delay_reported && rules.delay_after.count() > 0 && next >= envelope.arrived + rules.delay_after;
}

/// Nobody has tried it, and its sender should hear of that.
bool is_late(const spool::Envelope& envelope, const spool::RecipientState& state, const Rules& rules, WallTime now) {
    return state.attempts == 0 && rules.delay_after.count() > 0 && now >= envelope.arrived + rules.delay_after;
}

}  // namespace

RelayRound::RelayRound(Hands& hands, spool::StoredEnvelope& stored, const File& message,
                       std::vector<RemoteRecipient> remote, std::string& turn, const Keep& keep)
    : hands_(hands), stored_(stored), message_(message), rules_(hands.rules()), turn_(turn), keep_(keep) {
    for (auto& one : remote) {
        const auto& address = stored_.envelope.recipients[one.recipient].address;
        groups_[destination_of(hands_, stored_.envelope, address)].push_back(std::move(one));
    }
}

std::string RelayRound::only_destination() const {
    return groups_.size() == 1 ? groups_.begin()->first : std::string();
}

Task<void> RelayRound::run() {
    auto body = [this](async::Scope& scope) { return serve_all(scope); };
    co_await async::scoped(body);
    if (fault_) std::rethrow_exception(fault_);
}

/// A transaction has one sender and takes so many recipients: further ones are a group of their own.
Task<void> RelayRound::serve_all(async::Scope& scope) {
    const auto most = std::max<std::size_t>(1, rules_.remote_recipients);
    ForwardedSender senders(hands_, stored_, rules_);
    co_await senders.look();
    for (const auto& [destination, whole] : groups_) {
        for (const auto& [sender, group] : by_sender(whole, senders)) {
            for (std::size_t from = 0; from < group.size(); from += most) {
                const auto begin = group.begin() + static_cast<std::ptrdiff_t>(from);
                Group part(begin, begin + static_cast<std::ptrdiff_t>(std::min(most, group.size() - from)));
                scope.spawn(serve_guarded(destination, sender, std::move(part)));
            }
        }
    }
}

/// Whose sender cannot be told now is tried again later.
std::map<std::string, RelayRound::Group> RelayRound::by_sender(const Group& group, const ForwardedSender& senders) {
    std::map<std::string, Group> out;
    for (const auto& who : group) {
        const auto sender = senders.of(who.recipient);
        if (sender)
            out[*sender].push_back(who);
        else
            note_unknown(who, sender.error());
    }
    return out;
}

/// A scope cancels the others when one of them throws: what a host has taken would be sent to it again.
Task<void> RelayRound::serve_guarded(std::string destination, std::string sender, Group group) {
    try {
        co_await serve(std::move(destination), std::move(sender), std::move(group));
    } catch (const SystemError&) {
        if (!fault_) fault_ = std::current_exception();
    }
}

Task<void> RelayRound::serve(std::string destination, std::string sender, Group group) {
    for (bool again = false; !group.empty(); again = true) {
        auto relayed = co_await give(destination, sender, group, again);
        if (relayed.kind == Relayed::Kind::rests) note_rest(group, relayed);
        if (relayed.kind == Relayed::Kind::busy) {
            waits_for_ = destination;
            note_no_turn(group);
        }
        if (relayed.kind == Relayed::Kind::kills) note_kills(group, relayed);
        if (relayed.kind != Relayed::Kind::tried) co_return;
        auto left = co_await note_attempts(std::move(group), std::move(relayed.attempts));
        group = std::move(left);
    }
}

/// One recipient of each address, whatever ways led to it. `again`: they have been counted to their rates.
Task<Relayed> RelayRound::give(const std::string& destination, const std::string& sender, Group& group, bool again) {
    const bool turn = has_turn(destination);
    if (turn && !again && hands_.has_rates()) group = held_back(destination, std::move(group));
    if (group.empty()) {
        hands_.give_back(destination);
        co_return Relayed{};
    }
    std::vector<std::uint32_t> numbers;
    std::map<std::string_view, std::size_t> places;
    std::vector<std::size_t> place_of_each;
    for (const auto& one : group) {
        const auto place = places.try_emplace(stored_.envelope.recipients[one.recipient].address, numbers.size());
        if (place.second) numbers.push_back(one.recipient);
        place_of_each.push_back(place.first->second);
    }
    auto envelope = envelope_for(stored_.envelope, numbers);
    envelope.reverse_path = sender;
    for (std::size_t i = 0; i < numbers.size(); ++i) {
        auto& recipient = envelope.recipients[i];
        if (recipient.forwarded)
            say_nothing_of(recipient);
        else if (!tells_success(stored_.envelope, numbers[i]))
            leave_out_success(recipient);
    }
    auto relayed = co_await hands_.relay(envelope, destination, message_, stored_.message_size, turn);
    if (relayed.kind != Relayed::Kind::tried) co_return std::move(relayed);
    std::vector<Attempt> all;
    for (const auto place : place_of_each) all.push_back(relayed.attempts[place]);
    relayed.attempts = std::move(all);
    co_return std::move(relayed);
}

/// Where rates are counted a turn comes first: what waits for one is not counted.
bool RelayRound::has_turn(const std::string& destination) {
    if (turn_ != destination) return hands_.has_rates() && hands_.take_turn(destination) == Hands::Turn::go;
    turn_.clear();
    return true;
}

/// Those that may go now. Who was tried, or waited for the destination alone, has been counted to its sender.
RelayRound::Group RelayRound::held_back(const std::string& destination, Group group) {
    const auto waits_for = [](const RemoteRecipient& who, std::string_view rate) {
        return who.state.paced_at && who.state.last_reply.starts_with(rate);
    };
    const auto counted = [&](const RemoteRecipient& who) {
        return who.state.attempts > 0 || waits_for(who, OutgoingRates::kToDestination);
    };
    const auto fresh = std::ranges::partition(group, counted);
    const bool promised =
        std::ranges::any_of(fresh, [&](const auto& who) { return waits_for(who, OutgoingRates::kOfSender); });
    if (!fresh.empty()) {
        const auto wait = hands_.ask_sender_rate(stored_.envelope, fresh.size(), promised);
        if (wait) {
            for (const auto& who : fresh) note_wait(who, *wait);
            group.erase(fresh.begin(), fresh.end());
        }
    }
    if (group.empty()) return group;
    const bool came =
        std::ranges::any_of(group, [&](const auto& who) { return waits_for(who, OutgoingRates::kToDestination); });
    const auto wait = hands_.ask_destination_rate(destination, came);
    if (!wait) return group;
    for (const auto& who : group) note_wait(who, *wait);
    return {};
}

/// No try; but once its time is over it goes back though nobody was asked.
void RelayRound::note_wait(const RemoteRecipient& who, const OutgoingRates::Wait& wait) {
    Progress one;
    one.time = hands_.now();
    one.recipient = who.recipient;
    one.kind = Progress::Kind::paced;
    one.next = one.time + wait.wait;
    one.text = wait.reason;
    if (one.time >= until(who)) {
        Attempt tried;
        tried.kind = Attempt::Kind::deferred;
        tried.status = "4.4.5";  // RFC 3463 §3.5: mail system congestion
        tried.text = wait.reason;
        one = progress_of(tried, who.recipient, who.state, until(who), rules_, one.time);
    }
    log_progress(hands_.log(), stored_.envelope.id, stored_.envelope.recipients[who.recipient].address, one);
    stored_.add(one);
    progress_.push_back(std::move(one));
}

/// The clock may have been set while the host was asked.
WallTime RelayRound::until(const RemoteRecipient& who) const {
    const auto since = waits_since(stored_, hands_.rules(), hands_.now());
    return std::max(who.until, tried_until(stored_, since, rules_));
}

/// Those that are to be given again. If that are all, nothing has been done, and another try would do no more.
Task<RelayRound::Group> RelayRound::note_attempts(Group group, std::vector<Attempt> attempts) {
    const auto comes_again = [](const Attempt& one) { return one.kind == Attempt::Kind::again; };
    const bool in_vain = std::ranges::all_of(attempts, comes_again);
    std::vector<Progress> noted;
    Group again;
    bool relayed = false;
    for (std::size_t i = 0; i < group.size(); ++i) {
        const auto& who = group[i];
        auto& tried = attempts[i];
        if (comes_again(tried) && !in_vain) {
            again.push_back(who);
            continue;
        }
        auto one = progress_of(tried, who.recipient, who.state, until(who), rules_, hands_.now());
        if (one.next && is_told_before(*one.next, stored_.envelope, who.state, rules_))
            one.transcript = std::move(tried.transcript);
        log_progress(hands_.log(), stored_.envelope.id, stored_.envelope.recipients[who.recipient].address, one);
        noted.push_back(std::move(one));
        if (tried.kind != Attempt::Kind::relayed) continue;
        relayed = true;
        if (!tried.tells) continue;
        Progress told;
        told.time = hands_.now();
        told.recipient = who.recipient;
        told.kind = Progress::Kind::reported;
        told.text = "by the next host";
        noted.push_back(std::move(told));
    }
    for (const auto& one : noted) stored_.add(one);
    if (relayed)
        co_await keep_(std::move(noted));
    else
        progress_.insert(progress_.end(), noted.begin(), noted.end());
    co_return std::move(again);
}

void RelayRound::note_unknown(const RemoteRecipient& who, const std::string& why) {
    Attempt tried;
    tried.kind = Attempt::Kind::deferred;
    tried.status = "4.3.5";  // RFC 3463 §3.4: system incorrectly configured
    tried.text = why;
    auto one = progress_of(tried, who.recipient, who.state, until(who), rules_, hands_.now());
    log_progress(hands_.log(), stored_.envelope.id, stored_.envelope.recipients[who.recipient].address, one);
    stored_.add(one);
    progress_.push_back(std::move(one));
}

/// It counts as a try: the time between them grows, and once they are over the message goes back.
void RelayRound::note_rest(const Group& group, const Relayed& relayed) {
    Attempt tried;
    tried.kind = Attempt::Kind::deferred;
    tried.status = "4.4.1";  // RFC 3463 §3.5: no answer from host
    tried.text = relayed.reason;
    for (const auto& who : group) {
        auto one = progress_of(tried, who.recipient, who.state, until(who), rules_, hands_.now());
        if (one.next) one.next = std::min(std::max(*one.next, hands_.now() + relayed.wait), until(who));
        log_progress(hands_.log(), stored_.envelope.id, stored_.envelope.recipients[who.recipient].address, one);
        stored_.add(one);
        progress_.push_back(std::move(one));
    }
}

/// For who looks at it in bad.
void RelayRound::note_kills(const Group& group, const Relayed& relayed) {
    kills_ = relayed.reason;
    Attempt tried;
    tried.kind = Attempt::Kind::deferred;
    tried.status = kLocalError;
    tried.text = relayed.reason;
    const auto now = hands_.now();
    for (const auto& who : group) {
        const auto later = std::max(until(who), now + std::chrono::seconds(1));  // it does not go back
        auto one = progress_of(tried, who.recipient, who.state, later, rules_, now);
        log_progress(hands_.log(), stored_.envelope.id, stored_.envelope.recipients[who.recipient].address, one);
        stored_.add(one);
        progress_.push_back(std::move(one));
    }
}

/// Nothing, unless its time is over: then it goes back though nobody was asked; or its sender is to know by now that it
/// waits: then this is what he is told of, and its turn may come at any time all the same.
void RelayRound::note_no_turn(const Group& group) {
    Attempt tried;
    tried.kind = Attempt::Kind::deferred;
    tried.status = "4.4.5";  // RFC 3463 §3.5: mail system congestion
    tried.text = "as much as its site bears is under way";
    for (const auto& who : group) {
        const bool over = hands_.now() >= until(who);
        if (!over && !is_late(stored_.envelope, who.state, rules_, hands_.now())) continue;
        auto one = progress_of(tried, who.recipient, who.state, until(who), rules_, hands_.now());
        if (!over) one.next = hands_.now();
        log_progress(hands_.log(), stored_.envelope.id, stored_.envelope.recipients[who.recipient].address, one);
        stored_.add(one);
        progress_.push_back(std::move(one));
        if (over) waits_for_.clear();
    }
}

}  // namespace md::mdqueue
