// mdqueue/courier.cc - see courier.h

#include "mdqueue/courier.h"

#include <algorithm>
#include <map>
#include <utility>

#include "async/loop.h"
#include "base/error.h"
#include "base/strings.h"
#include "mdqueue/seven_bit_copy.h"
#include "net/tls.h"

namespace md::mdqueue {

using async::Task;
using relay::Outcome;
using relay::RoutingFailure;
using relay::TlsUse;
using spool::BodyType;
namespace opt = config::opt;

namespace {

constexpr auto kFindHosts = std::chrono::seconds(60);
constexpr auto kLongest = std::chrono::minutes(30);  ///< after it no further host is asked
constexpr std::size_t kMostAddresses = 2;            ///< of a host, so that one does not hide all others
constexpr std::uint64_t kPasswordLimit = 4096;

relay::Timeouts timeouts_of(const config::Config& config) {
    const auto command = config[opt::remote_command_timeout];
    relay::Timeouts out;
    out.connect = config[opt::remote_connect_timeout];
    out.greeting = out.hello = out.mail = out.recipient = command;
    out.end = config[opt::remote_data_timeout];
    return out;
}

TlsUse tls_of(const config::Config& config, const config::Route* route) {
    if (route != nullptr && route->tls)
        return *route->tls == config::ClientTls::none  ? TlsUse::none
               : *route->tls == config::ClientTls::may ? TlsUse::may
                                                       : TlsUse::must;
    const auto& usual = config[opt::remote_tls];
    return usual == "none" ? TlsUse::none : usual == "may" ? TlsUse::may : TlsUse::must;
}

relay::Family family_of(const config::Config& config) {
    const auto& family = config[opt::remote_ip];
    return family == "ipv4"   ? relay::Family::v4_only
           : family == "ipv6" ? relay::Family::v6_only
                              : relay::Family::v6_first;
}

smtp::Body body_of(BodyType body) {
    return body == BodyType::seven_bit ? smtp::Body::seven_bit : smtp::Body::eight_bit_mime;
}

std::vector<smtp::Parameter> parameters_of(const std::vector<spool::Parameter>& from) {
    std::vector<smtp::Parameter> out;
    for (const auto& one : from) out.emplace_back(one.name, one.value);
    return out;
}

std::string shown(const relay::Server& server) {
    if (!server.unix_path.empty()) return "localhost";
    if (server.name.starts_with('[')) return server.name;
    return server.name + " [" + server.address.ip().text() + "]";
}

/// RFC 5321 §4.1.3, where it is an address.
std::string as_literal(const std::string& host) {
    const auto address = IpAddress::parse(host);
    if (!address) return host;
    return (address->v6() ? "[IPv6:" : "[") + host + "]";
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
      route_(services.config.route_for(job.domain)),
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

/// What a host has taken is told before the next one is asked for the rest, which may take long: that comes again.
bool Courier::is_to_be_told() const {
    return all_have_ends() ||
           std::ranges::any_of(ends_, [](const auto& end) { return end && end->kind == RelayEnd::Kind::relayed; });
}

Task<void> Courier::go_round() {
    const auto enough = async::after(kLongest);
    co_await by_kept_connections();
    if (is_to_be_told()) co_return;
    auto hosts = co_await find_hosts();
    if (!hosts) {
        fail_all(hosts.error());
        co_return;
    }
    std::map<std::string, std::size_t> tried;
    for (auto& server : *hosts) {
        auto& addresses = tried[server.name];
        if (tried.size() > kMostHosts || async::Loop::current().now() > enough) {
            refused_by_all_ = false;
            co_return;
        }
        if (++addresses > kMostAddresses) continue;
        co_await by(std::move(server));
        if (is_to_be_told()) co_return;
    }
}

/// A server may have closed a session that waited; then the next way is as good.
Task<void> Courier::by_kept_connections() {
    for (std::size_t i = 0; i < Connections::kMostOf; ++i) {
        auto kept = services_.connections.take(key_);
        if (!kept) co_return;
        co_await give(*kept->client, kept->host);
        if (!kept->client->usable()) {
            co_await kept->client->quit();
            if (is_to_be_told()) co_return;
            continue;
        }
        used_ = std::move(kept);
        co_return;
    }
}

Task<Courier::Hosts> Courier::find_hosts() {
    auto pattern = server_template();
    if (route_ != nullptr && route_->tls == config::ClientTls::verify && !pattern.tls_client)
        co_return fail(RoutingFailure{false, {4, 7, 5}, "the certificate authorities of this machine cannot be read"});
    if (route_ != nullptr && !route_->login.empty()) {
        auto login = co_await login_of(*route_);
        if (!login) co_return fail(RoutingFailure{false, {4, 7, 0}, "the password of the route cannot be read"});
        pattern.login = std::move(*login);
    }
    std::vector<relay::Server> out;
    if (route_ != nullptr && !route_->to.path.empty()) {
        pattern.unix_path = pattern.name = route_->to.path;
        out.push_back(std::move(pattern));
        co_return std::move(out);
    }
    const relay::ExchangeFinder finder(services_.resolver, services_.ourselves, family_of(services_.config));
    const auto deadline = async::after(kFindHosts);
    const auto port = route_ != nullptr ? route_->to.port : relay::kSmtpPort;
    relay::ExchangeFinder::Found found = fail(RoutingFailure{});
    if (route_ != nullptr && !route_->to.mail_exchangers) {
        auto host = as_literal(route_->to.host);
        found = co_await finder.find_host(std::move(host), port, deadline);
    } else {
        auto domain = route_ != nullptr ? route_->to.host : job_.domain;
        found = co_await finder.find(std::move(domain), port, deadline);
    }
    if (!found) {
        auto failure = std::move(found.error());
        // A route that leads nowhere is for the administrator to mend, and no word on the recipient.
        if (route_ != nullptr) failure = RoutingFailure{false, {4, 4, 4}, std::move(failure.text)};
        co_return fail(std::move(failure));
    }
    for (const auto& host : found->hosts) {
        for (const auto& address : host.addresses) {
            auto& server = out.emplace_back(pattern);
            server.name = host.name;
            server.address = address;
            for (const auto& source : services_.config[opt::remote_source])
                if (const auto own = IpAddress::parse(source); own && own->v6() == address.ip().v6())
                    server.source = own;
        }
    }
    co_return std::move(out);
}

relay::Server Courier::server_template() const {
    relay::Server server;
    server.tls = tls_of(services_.config, route_);
    if (route_ != nullptr && route_->to.lmtp) server.dialect = smtp::Dialect::lmtp;
    if (route_ != nullptr && !route_->login.empty()) server.tls = TlsUse::must;
    if (route_ == nullptr || route_->tls != config::ClientTls::verify) return server;
    auto verifying = net::TlsClient::verifying("");
    if (verifying) server.tls_client = std::move(*verifying);
    return server;
}

Task<std::optional<relay::Login>> Courier::login_of(const config::Route& route) {
    auto read = [&] { return real_files().read(route.password_file, kPasswordLimit); };
    std::optional<std::string> text;
    try {
        text = co_await async::offload(services_.pool, read);
    } catch (const SystemError& error) {
        text.reset();
    }
    if (!text) co_return std::nullopt;
    relay::Login login;
    login.user = route.login;
    login.password = text->substr(0, text->find_first_of("\r\n"));
    co_return std::move(login);
}

Task<void> Courier::by(relay::Server server) {
    const auto host = shown(server);
    const auto& hello = services_.config[opt::remote_helo];
    const auto& name = hello.empty() ? services_.config[opt::hostname] : hello;
    auto client = std::make_unique<relay::Client>(services_.pool, name, timeouts_of(services_.config));
    auto failure = co_await client->open(server);
    if (failure && failure->stage == relay::Stage::tls && server.tls == TlsUse::may) {
        services_.log.event(Event::RelayTlsFailed, job_.envelope.id, host, failure->outcome.reply);
        server.tls = TlsUse::none;
        client = std::make_unique<relay::Client>(services_.pool, name, timeouts_of(services_.config));
        failure = co_await client->open(server);
    }
    if (failure) {
        // Neither says anything of the mail: the administrators have something to mend, here or there.
        if (failure->stage == relay::Stage::tls || failure->stage == relay::Stage::login) {
            failure->outcome.kind = Outcome::Kind::deferred;
            failure->outcome.transcript.clear();
        }
        note_for_open(failure->outcome, host);
        refused_by_all_ = refused_by_all_ && failure->outcome.kind == Outcome::Kind::failed;
        if (learnt_ == RelayResult::Learnt::nothing) learnt_ = RelayResult::Learnt::trouble;
        reason_ = failure->outcome.reply;
        co_return;
    }
    const auto& facts = client->facts();
    services_.log.event(Event::RelayConnected, job_.envelope.id, host,
                        facts.tls_version.empty() ? "none" : facts.tls_version + " " + facts.tls_cipher);
    co_await give(*client, host);
    if (used_) co_await used_->client->quit();
    used_ = std::make_unique<Connections::Kept>();
    used_->key = key_;
    used_->host = host;
    used_->client = std::move(client);
}

Task<void> Courier::give(relay::Client& client, const std::string& host) {
    auto outcomes = co_await send(client);
    const bool lacks = std::ranges::any_of(outcomes, &Outcome::needs_seven_bit);
    if (lacks && !converted_) {
        const auto converted = co_await convert();
        if (converted && client.usable()) outcomes = co_await send(client);
        for (auto& outcome : outcomes)
            if (outcome.needs_seven_bit && !not_convertible_.empty())
                outcome.reply += std::string(", and the message cannot be converted: ").append(not_convertible_);
    }
    const bool tells = client.facts().offer.has(smtp::Extension::dsn);
    for (const auto& outcome : outcomes) note(outcome, host, tells);
}

Task<std::vector<Outcome>> Courier::send(relay::Client& client) {
    const auto cargo = cargo_of_open();
    auto outcomes = co_await client.send(cargo);
    co_return std::move(outcomes);
}

/// RFC 6152 §3. false: it cannot be.
Task<bool> Courier::convert() {
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
    for (auto& end : last_)
        if (!refused_by_all_ && end.kind == RelayEnd::Kind::failed) end.kind = RelayEnd::Kind::deferred;
    for (std::size_t i = 0; i < ends_.size(); ++i)
        out.ends.push_back(ends_[i] ? std::move(*ends_[i]) : std::move(last_[i]));
    out.learnt = learnt_;
    out.reason = std::move(reason_);
    return out;
}

}  // namespace md::mdqueue
