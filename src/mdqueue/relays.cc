// mdqueue/relays.cc - see relays.h

#include "mdqueue/relays.h"

#include <fcntl.h>

#include <utility>

#include "async/loop.h"
#include "base/strings.h"
#include "mdqueue/message_plan.h"

namespace md::mdqueue {

using async::Task;
namespace opt = config::opt;

namespace {

RelayResult not_sent(std::size_t recipients, std::string_view why) {
    RelayResult out;
    RelayEnd end;
    end.status = kLocalError;
    end.text = why;
    out.ends.assign(recipients, end);
    return out;
}

Attempt attempt_of(RelayEnd end) {
    Attempt out;
    out.kind = end.kind == RelayEnd::Kind::relayed  ? Attempt::Kind::relayed
               : end.kind == RelayEnd::Kind::failed ? Attempt::Kind::failed
               : end.kind == RelayEnd::Kind::again  ? Attempt::Kind::again
                                                    : Attempt::Kind::deferred;
    out.status = std::move(end.status);
    out.text = std::move(end.text);
    out.host = std::move(end.host);
    out.transcript = std::move(end.transcript);
    out.tells = end.tells;
    return out;
}

}  // namespace

/// However the try ends, what was counted for it is given back.
class Relays::Counted {
  public:
    Counted(Relays& relays, const std::string& destination) : relays_(&relays), destination_(destination) {}
    Counted(const Counted&) = delete;
    Counted& operator=(const Counted&) = delete;
    ~Counted() {
        if (relays_ != nullptr) relays_->give_back(destination_);
    }
    void end(const RelayResult& result) { std::exchange(relays_, nullptr)->end(destination_, result); }

  private:
    Relays* relays_;
    std::string destination_;
};

DestinationRules destination_rules(const config::Config& config) {
    DestinationRules rules;
    rules.at_first = static_cast<unsigned>(config[opt::remote_first_concurrency]);
    rules.most = static_cast<unsigned>(config[opt::remote_concurrency]);
    rules.in_all = static_cast<unsigned>(config[opt::remote_in_all]);
    rules.rest = config[opt::remote_rest];
    rules.longest_rest = config[opt::remote_longest_rest];
    return rules;
}

Relays::Relays(const log::Logger& log, async::Scope& scope, const config::Config& config,
               const std::vector<std::string>& sockets)
    : log_(log), config_(config), children_(scope, sockets), destinations_(destination_rules(config)) {}

std::string Relays::destination_of(const std::string& domain) const {
    const auto* route = config_.route_for(domain);
    return route == nullptr ? lower(domain) : "route " + route->domain;
}

Hands::Turn Relays::take_turn(const std::string& destination) {
    using Kind = Destinations::Answer::Kind;
    const auto answer = destinations_.ask(destination, async::Loop::current().now());
    return answer.kind == Kind::go      ? Hands::Turn::go
           : answer.kind == Kind::rests ? Hands::Turn::rests
                                        : Hands::Turn::busy;
}

void Relays::give_back(const std::string& destination) {
    destinations_.done(destination, Destinations::Outcome::unknown, {}, async::Loop::current().now());
    tell_freed();
}

Task<Relayed> Relays::relay(const spool::Envelope& envelope, const std::string& destination, const File& message,
                            std::uint64_t size, bool turn) {
    using Kind = Destinations::Answer::Kind;
    Relayed out;
    if (!turn) {
        const auto now = async::Loop::current().now();
        const auto answer = destinations_.ask(destination, now);
        if (answer.kind == Kind::rests) {
            out.kind = Relayed::Kind::rests;
            out.wait = std::chrono::duration_cast<std::chrono::microseconds>(answer.until - now);
            out.reason = answer.reason;
            co_return out;
        }
        if (answer.kind != Kind::go) {
            out.kind = Relayed::Kind::busy;
            co_return out;
        }
    }
    Counted counted(*this, destination);
    bool kills = false;
    auto result = co_await send(envelope, destination, message, size, kills);
    counted.end(result);
    if (kills) {
        out.kind = Relayed::Kind::kills;
        out.reason = "three relay processes died while each had this message alone";
        co_return out;
    }
    for (auto& one : result.ends) out.attempts.push_back(attempt_of(std::move(one)));
    co_return std::move(out);
}

void Relays::end_rests() {
    destinations_.wake_all();
    tell_freed();
}

std::chrono::microseconds Relays::rest_of(const std::string& destination) const {
    const auto until = destinations_.rests_until(destination);
    const auto now = async::Loop::current().now();
    return until > now ? std::chrono::duration_cast<std::chrono::microseconds>(until - now)
                       : std::chrono::microseconds(0);
}

Task<RelayResult> Relays::send(const spool::Envelope& envelope, const std::string& destination, const File& message,
                               std::uint64_t size, bool& kills) {
    const auto recipients = envelope.recipients.size();
    std::vector<Fd> descriptors;
    descriptors.emplace_back(::fcntl(message.descriptor(), F_DUPFD_CLOEXEC, 0));
    if (!descriptors.front()) co_return not_sent(recipients, "no descriptor is free");
    RelayJob job;
    job.domain = domain_of(envelope.recipients.front().address);
    job.envelope = envelope;
    job.size = size;
    auto payload = encode(job);
    const auto child = relay_child_for(destination, children_.count());
    const auto sent = co_await children_.call(child, envelope.id, std::move(payload), std::move(descriptors));
    kills = sent.kills;
    if (!sent.answer) {
        log_.event(Event::RelayChildAway, envelope.id, sent.why);
        co_return not_sent(recipients, "this machine cannot send now");
    }
    auto result = decode_relay_result(*sent.answer);
    if (!result || result->ends.size() != recipients) co_return not_sent(recipients, "a relay child answered nonsense");
    co_return std::move(*result);
}

void Relays::end(const std::string& destination, const RelayResult& result) {
    const auto outcome = result.learnt == RelayResult::Learnt::well      ? Destinations::Outcome::well
                         : result.learnt == RelayResult::Learnt::trouble ? Destinations::Outcome::trouble
                                                                         : Destinations::Outcome::unknown;
    destinations_.done(destination, outcome, result.reason, async::Loop::current().now());
    tell_freed();
}

void Relays::tell_freed() {
    for (const auto& freed : destinations_.freed())
        if (told_) told_(freed);
}

}  // namespace md::mdqueue
