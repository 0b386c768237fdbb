// mdqueue/relay_round.cc - see relay_round.h

#include "mdqueue/relay_round.h"

#include <algorithm>
#include <utility>

#include "async/loop.h"
#include "mdqueue/message_plan.h"

namespace md::mdqueue {

using async::Task;
using spool::Progress;

namespace {

constexpr auto kAskAgain = std::chrono::seconds(1);
constexpr auto kComeAgain = std::chrono::seconds(30);

}  // namespace

RelayRound::RelayRound(Hands& hands, spool::StoredEnvelope& stored, const File& message,
                       std::vector<RemoteRecipient> remote, std::string& turn)
    : hands_(hands), stored_(stored), message_(message), rules_(hands.rules()), turn_(turn) {
    for (auto& one : remote) {
        const auto domain = domain_of(stored_.envelope.recipients[one.recipient].address);
        groups_[hands_.destination_of(domain)].push_back(std::move(one));
    }
}

std::string RelayRound::only_destination() const {
    return groups_.size() == 1 ? groups_.begin()->first : std::string();
}

Task<void> RelayRound::run() {
    auto body = [this](async::Scope& scope) { return serve_all(scope); };
    co_await async::scoped(body);
}

/// A transaction takes so many recipients: further ones are a group of their own.
Task<void> RelayRound::serve_all(async::Scope& scope) {
    const auto most = std::max<std::size_t>(1, rules_.remote_recipients);
    for (const auto& [destination, group] : groups_) {
        for (std::size_t from = 0; from < group.size(); from += most) {
            const auto begin = group.begin() + static_cast<std::ptrdiff_t>(from);
            Group part(begin, begin + static_cast<std::ptrdiff_t>(std::min(most, group.size() - from)));
            scope.spawn(serve(destination, std::move(part)));
        }
    }
    co_return;
}

Task<void> RelayRound::serve(std::string destination, Group group) {
    const bool alone = groups_.size() == 1 && group.size() == groups_.begin()->second.size();
    for (auto left = kPatience / kAskAgain; left > 0; --left) {
        const auto relayed = co_await give(destination, group);
        if (relayed.kind == Relayed::Kind::tried) {
            note_attempts(group, relayed.attempts);
            co_return;
        }
        if (relayed.kind == Relayed::Kind::rests) {
            note_rest(group, relayed);
            co_return;
        }
        if (alone) {
            waits_for_ = destination;
            co_return;
        }
        co_await async::sleep_for(kAskAgain);
    }
    note_no_turn(group);
}

Task<Relayed> RelayRound::give(const std::string& destination, const Group& group) {
    std::vector<std::uint32_t> numbers;
    for (const auto& one : group) numbers.push_back(one.recipient);
    const auto envelope = envelope_for(stored_.envelope, numbers);
    const bool turn = turn_ == destination;
    if (turn) turn_.clear();
    auto relayed = co_await hands_.relay(envelope, destination, message_, stored_.message_size, turn);
    co_return std::move(relayed);
}

void RelayRound::note_attempts(const Group& group, const std::vector<Attempt>& attempts) {
    for (std::size_t i = 0; i < group.size(); ++i) {
        const auto& who = group[i];
        const auto& tried = attempts[i];
        auto one = progress_of(tried, who.recipient, who.state, who.since, rules_, hands_.now());
        log_progress(hands_.log(), stored_.envelope.id, stored_.envelope.recipients[who.recipient].address, one);
        note(std::move(one));
        if (tried.kind != Attempt::Kind::relayed) continue;
        relayed_any_ = true;
        if (!tried.tells) continue;
        Progress told;
        told.time = hands_.now();
        told.recipient = who.recipient;
        told.kind = Progress::Kind::reported;
        told.text = "by the next host";
        note(std::move(told));
    }
}

/// It counts as a try: the time between them grows, and once they are over the message goes back.
void RelayRound::note_rest(const Group& group, const Relayed& relayed) {
    Attempt tried;
    tried.kind = Attempt::Kind::deferred;
    tried.status = "4.4.1";  // RFC 3463 §3.5: no answer from host
    tried.text = relayed.reason;
    for (const auto& who : group) {
        auto one = progress_of(tried, who.recipient, who.state, who.since, rules_, hands_.now());
        if (one.next) one.next = std::max(*one.next, hands_.now() + relayed.wait);
        log_progress(hands_.log(), stored_.envelope.id, stored_.envelope.recipients[who.recipient].address, one);
        note(std::move(one));
    }
}

void RelayRound::note_no_turn(const Group& group) {
    for (const auto& who : group) {
        Progress one;
        one.time = hands_.now();
        one.recipient = who.recipient;
        one.kind = Progress::Kind::held;
        one.next = hands_.now() + kComeAgain;
        one.text = "as much as its site bears is under way";
        note(std::move(one));
    }
}

void RelayRound::note(Progress one) {
    progress_.push_back(one);
    stored_.add(std::move(one));
}

}  // namespace md::mdqueue
