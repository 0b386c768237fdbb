// mdqueue/courier.cc - see courier.h

#include "mdqueue/courier.h"

#include <algorithm>
#include <utility>

#include "async/loop.h"
#include "base/error.h"
#include "base/strings.h"
#include "mdqueue/next_hosts.h"
#include "mdqueue/seven_bit_copy.h"

namespace md::mdqueue {

using async::Task;
using relay::Outcome;
using relay::RoutingFailure;
using spool::BodyType;
namespace opt = config::opt;

namespace {

constexpr auto kLongest = std::chrono::minutes(30);  ///< after it no further host is asked
constexpr unsigned kMostSessions = 2;                ///< with a host, so that one does not hide all others

smtp::Body body_of(BodyType body) {
    return body == BodyType::seven_bit ? smtp::Body::seven_bit : smtp::Body::eight_bit_mime;
}

std::vector<smtp::Parameter> parameters_of(const std::vector<spool::Parameter>& from) {
    std::vector<smtp::Parameter> out;
    for (const auto& one : from) out.emplace_back(one.name, one.value);
    return out;
}

RelayEnd end_of(const Outcome& outcome, const std::string& host) {
    RelayEnd end;
    end.kind = outcome.kind == Outcome::Kind::delivered ? RelayEnd::Kind::relayed
               : outcome.kind == Outcome::Kind::failed  ? RelayEnd::Kind::failed
                                                        : RelayEnd::Kind::deferred;
    auto status = outcome.status;
    if (end.kind == RelayEnd::Kind::deferred)
        status.success_class = 4;  // a refusal that may be another host's tomorrow
    end.status = status.text();
    end.text = outcome.reply;
    if (!outcome.reply.empty() && is_digit(outcome.reply.front())) end.host = host;  // its own words
    if (end.kind != RelayEnd::Kind::relayed) end.transcript = outcome.transcript;
    return end;
}

/// It reports a success where one is asked for.
bool tells_of(const relay::Client& client) {
    return client.facts().offer.has(smtp::Extension::dsn);
}

/// Neither an answer on this recipient nor one on the message: another host may do better.
bool is_open_still(const Outcome& outcome) {
    return outcome.kind != Outcome::Kind::delivered && (outcome.host_fault || outcome.untried) && !outcome.uncertain;
}

}  // namespace

Task<void> put_away(CourierServices& services, std::unique_ptr<Connections::Kept> used) {
    const auto time = services.config[opt::remote_reuse];
    bool ready = false;
    if (time.count() > 0) {
        const auto rested = co_await used->client->reset();
        ready = rested;
    }
    if (!ready) {
        co_await used->client->quit();
        co_return;
    }
    used->until = async::after(time);
    co_await services.connections.keep(std::move(used));
}

Courier::Courier(CourierServices& services, const RelayJob& job, const File& message)
    : services_(services),
      job_(job),
      message_(message),
      chosen_(services.config, job),
      route_(chosen_.route()),
      key_(route_ != nullptr ? "route " + route_->domain : job.domain),
      ends_(job.envelope.recipients.size()),
      last_(ends_.size()) {}

Task<RelayResult> Courier::run() {
    std::exception_ptr fault;
    try {
        co_await go_round();
    } catch (const SystemError&) {
        fault = std::current_exception();
    }
    if (fault) {
        services_.log.failure(Event::QueueFault, fault);
        note_for_open(relay::host_failed({4, 3, 0}, "local error"), "");
        refused_by_all_ = false;
    }
    co_return result();
}

bool Courier::all_have_ends() const {
    return std::ranges::all_of(ends_, &std::optional<RelayEnd>::has_value);
}

/// What a host has taken is told before the rest is given to it or to the next, which may take long: if this process
/// ended meanwhile that would come twice.
bool Courier::is_to_be_told() {
    const auto relayed = [](const auto& end) { return end && end->kind == RelayEnd::Kind::relayed; };
    if (services_.ending()) others_first_ = true;
    if (std::ranges::any_of(ends_, relayed)) others_first_ = true;
    return others_first_ || all_have_ends();
}

Task<void> Courier::go_round() {
    const auto enough = async::after(kLongest);
    if (chosen_.lost()) {
        fail_all(RoutingFailure{false, {4, 4, 4}, "there is no route " + job_.envelope.route + " any more"});
        co_return;
    }
    co_await by_kept_connections();
    if (is_to_be_told()) co_return;
    const NextHosts next(services_, route_, job_.domain);
    auto servers = co_await next.find();
    if (!servers) {
        fail_all(servers.error());
        co_return;
    }
    std::size_t tried = 0;
    for (auto& host : by_host(std::move(*servers), services_.memory, async::Loop::current().now())) {
        if (++tried > kMostHosts || async::Loop::current().now() > enough) {
            refused_by_all_ = false;
            co_return;
        }
        co_await ask(std::move(host));
        if (is_to_be_told()) co_return;
    }
}

/// A server may have closed a session that waited; then the next way is as good.
Task<void> Courier::by_kept_connections() {
    for (auto kept = services_.connections.take(key_); kept; kept = services_.connections.take(key_)) {
        co_await give(*kept->client, kept->host, false);
        if (!kept->client->usable()) {
            co_await kept->client->quit();
            if (is_to_be_told()) co_return;
            continue;
        }
        used_ = std::move(kept);
        co_return;
    }
}

/// By whichever of its addresses answers; if that does no good, by another of them.
Task<void> Courier::ask(Host host) {
    HostCall call(services_, job_.envelope.id, std::move(host));
    for (unsigned session = 0; session < kMostSessions; ++session) {
        auto client = co_await call.open();
        for (const auto& failure : call.failures()) note_not_opened(failure.what, failure.host);
        if (!client) continue;
        co_await give(*client, call.shown(), true);
        if (used_) co_await used_->client->quit();
        used_ = std::make_unique<Connections::Kept>();
        used_->key = key_;
        used_->host = call.shown();
        used_->client = std::move(client);
        if (is_to_be_told()) co_return;
    }
}

void Courier::note_not_opened(relay::OpenFailure failure, const std::string& host) {
    // Neither says anything of the mail: the administrators have something to mend, here or there.
    if (failure.stage == relay::Stage::tls || failure.stage == relay::Stage::login) {
        failure.outcome.kind = Outcome::Kind::deferred;
        failure.outcome.transcript.clear();
    }
    note_for_open(failure.outcome, host);
    refused_by_all_ = refused_by_all_ && failure.outcome.kind == Outcome::Kind::failed;
    if (learnt_ == RelayResult::Learnt::nothing) learnt_ = RelayResult::Learnt::trouble;
    reason_ = failure.outcome.reply;
}

/// `fresh`: what it takes no more of now it takes over the next connection.
Task<void> Courier::give(relay::Client& client, const std::string& host, bool fresh) {
    auto outcomes = co_await send(client);
    const auto converted = co_await convert_for(outcomes);
    if (converted && client.usable()) {
        const auto comes_again = [](const Outcome& one) { return one.needs_seven_bit || one.speaks_of_lines; };
        for (const auto& outcome : outcomes)
            if (!comes_again(outcome)) note(outcome, host, tells_of(client));
        outcomes = co_await send(client);
    }
    for (auto& outcome : outcomes)
        if (outcome.needs_seven_bit && !not_convertible_.empty())
            outcome.reply += std::string(", and the message cannot be converted: ").append(not_convertible_);
    for (const auto& outcome : outcomes) note(outcome, host, tells_of(client));
    others_first_ = others_first_ || (fresh && std::ranges::any_of(outcomes, &Outcome::untried));
}

Task<std::vector<Outcome>> Courier::send(relay::Client& client) {
    const auto cargo = cargo_of_open();
    auto outcomes = co_await client.send(cargo);
    co_return std::move(outcomes);
}

/// What a host refuses for its 8-bit octets (RFC 6152 §3) or, by its own words, for lines that are longer than any
/// server must take (RFC 5321 §4.5.3.1.6) is converted: that breaks signatures, and is better than a return. true: it
/// is now, and was not before.
Task<bool> Courier::convert_for(const std::vector<Outcome>& outcomes) {
    if (converted_ || !not_convertible_.empty()) co_return false;
    if (std::ranges::none_of(outcomes, &Outcome::needs_seven_bit)) {
        if (std::ranges::none_of(outcomes, &Outcome::speaks_of_lines)) co_return false;
        auto look = [&] { return has_long_line(message_, job_.envelope.relay_from, job_.size); };
        const auto is_long = co_await async::offload(services_.pool, look);
        if (!is_long) co_return false;
    }
    auto work = [&] { return seven_bit_copy(message_, job_.envelope.relay_from, job_.size); };
    auto copy = co_await async::offload(services_.pool, work);
    if (copy) {
        converted_ = std::move(*copy);
    } else {
        not_convertible_ = copy.error().why;
    }
    co_return converted_ != nullptr;
}

relay::Cargo Courier::cargo_of_open() const {
    const auto& envelope = job_.envelope;
    relay::Cargo cargo;
    cargo.message = converted_ ? converted_.get() : &message_;
    cargo.descriptor = cargo.message->descriptor();
    cargo.relay_from = converted_ ? 0 : envelope.relay_from;
    cargo.size = converted_ ? converted_->info().size_bytes : job_.size;
    cargo.body = converted_ ? smtp::Body::seven_bit : body_of(envelope.body);
    cargo.smtputf8 = envelope.smtputf8;
    cargo.reverse_path = envelope.reverse_path;
    cargo.parameters = parameters_of(envelope.parameters);
    for (std::uint32_t i = 0; i < ends_.size(); ++i) {
        if (ends_[i]) continue;
        auto& recipient = cargo.recipients.emplace_back();
        recipient.address = envelope.recipients[i].address;
        recipient.parameters = parameters_of(envelope.recipients[i].parameters);
        recipient.number = i;
    }
    return cargo;
}

void Courier::note(const Outcome& outcome, const std::string& host, bool tells) {
    auto end = end_of(outcome, host);
    end.tells = tells;
    if (is_open_still(outcome)) {
        if (!outcome.untried && learnt_ == RelayResult::Learnt::nothing) {
            learnt_ = RelayResult::Learnt::trouble;
            reason_ = outcome.reply;
        }
        refused_by_all_ = false;
        last_[outcome.number] = std::move(end);
        return;
    }
    if (!outcome.uncertain) {
        learnt_ = RelayResult::Learnt::well;
    } else if (learnt_ == RelayResult::Learnt::nothing) {
        learnt_ = RelayResult::Learnt::trouble;
        reason_ = outcome.reply;
    }
    ends_[outcome.number] = std::move(end);
}

void Courier::note_for_open(const Outcome& outcome, const std::string& host) {
    for (std::size_t i = 0; i < ends_.size(); ++i)
        if (!ends_[i]) last_[i] = end_of(outcome, host);
}

void Courier::fail_all(const RoutingFailure& failure) {
    Outcome outcome;
    outcome.kind = failure.permanent ? Outcome::Kind::failed : Outcome::Kind::deferred;
    outcome.status = failure.status;
    outcome.reply = failure.text;
    note_for_open(outcome, "");
    refused_by_all_ = refused_by_all_ && failure.permanent;
    if (failure.permanent) return;
    learnt_ = RelayResult::Learnt::trouble;
    reason_ = failure.text;
}

RelayResult Courier::result() {
    RelayResult out;
    // RFC 7504 §3: a host that takes no mail speaks for itself, and for the domain only together with all others.
    for (auto& end : last_) {
        if (others_first_) end.kind = RelayEnd::Kind::again;
        if (refused_by_all_ || end.kind != RelayEnd::Kind::failed) continue;
        end.kind = RelayEnd::Kind::deferred;
        end.status.front() = '4';
    }
    for (std::size_t i = 0; i < ends_.size(); ++i)
        out.ends.push_back(ends_[i] ? std::move(*ends_[i]) : std::move(last_[i]));
    out.learnt = learnt_;
    out.reason = std::move(reason_);
    return out;
}

}  // namespace md::mdqueue
