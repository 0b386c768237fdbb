// mdqueue/host_call.cc - see host_call.h

#include "mdqueue/host_call.h"

#include <algorithm>
#include <utility>

#include "async/loop.h"
#include "base/strings.h"

namespace md::mdqueue {

using async::Task;
using Fault = HostMemory::Fault;
using relay::Stage;
using relay::TlsUse;
namespace opt = config::opt;

namespace {

relay::Timeouts timeouts_of(const config::Config& config) {
    const auto command = config[opt::remote_command_timeout];
    relay::Timeouts out;
    out.connect = config[opt::remote_connect_timeout];
    out.greeting = out.hello = out.mail = out.recipient = command;
    out.end = config[opt::remote_data_timeout];
    return out;
}

std::string name_of(const relay::Server& server) {
    if (!server.unix_path.empty()) return "localhost";
    if (server.name.starts_with('[')) return server.name;
    return server.name + " [" + server.address.ip().text() + "]";
}

HostMemory::Time now() {
    return async::Loop::current().now();
}

/// Whatever it says, it is there.
bool has_spoken(const relay::OpenFailure& failure) {
    const auto& reply = failure.outcome.reply;
    return failure.stage > Stage::greeting || (!reply.empty() && is_digit(reply.front()));
}

}  // namespace

std::vector<Host> by_host(std::vector<relay::Server> servers, const HostMemory& memory, HostMemory::Time now) {
    const auto answers = [&](const relay::Server& server) {
        return !server.unix_path.empty() || !memory.rests(server.address, Fault::silent, now);
    };
    const auto resting = std::stable_partition(servers.begin(), servers.end(), answers);
    std::vector<Host> out;
    for (auto server = servers.begin(); server != servers.end(); ++server) {
        if (out.empty() || server == resting || out.back().front().name != server->name) out.emplace_back();
        out.back().push_back(std::move(*server));
    }
    return out;
}

HostCall::HostCall(CourierServices& services, QueueId id, Host host)
    : services_(services), id_(id), left_(std::move(host)) {}

Task<std::unique_ptr<relay::Client>> HostCall::open() {
    failures_.clear();
    const bool connected = co_await connect();
    if (!connected) co_return nullptr;
    if (may_leave_tls() && services_.memory.rests(server_.address, Fault::tls, now())) server_.tls = TlsUse::none;
    if (may_leave_tls()) services_.memory.probe(server_.address, Fault::tls, now());
    auto failure = co_await greet();
    if (failure && failure->stage == Stage::tls && may_leave_tls()) {
        services_.log.event(Event::RelayTlsFailed, id_, shown_, failure->outcome.reply);
        services_.memory.note(server_.address, Fault::tls, now());
        failure = co_await greet_without_tls();
    }
    learn(failure);
    if (failure) {
        failures_.emplace_back(std::move(*failure), shown_);
        co_return nullptr;
    }
    const auto& facts = client_->facts();
    services_.log.event(Event::RelayConnected, id_, shown_,
                        facts.tls_version.empty() ? "none" : facts.tls_version + " " + facts.tls_cipher);
    co_return std::move(client_);
}

Task<bool> HostCall::connect() {
    if (left_.empty()) co_return false;
    if (!left_.front().unix_path.empty()) {
        server_ = std::move(left_.front());
        shown_ = name_of(server_);
        left_.clear();
        co_return true;
    }
    std::vector<relay::Way> ways;
    for (const auto& server : left_) {
        if (ways.size() == kMostAddresses) break;
        services_.memory.probe(server.address, Fault::silent, now());
        ways.emplace_back(server.address, server.source);
    }
    const auto limit = services_.config[opt::remote_connect_timeout];
    auto reached = co_await relay::reach_first(services_.connector, std::move(ways), limit);
    take_out(reached);
    co_return static_cast<bool>(connection_);
}

/// What was tried is not tried again.
void HostCall::take_out(relay::Reached& reached) {
    Host left;
    for (std::size_t i = 0; i < left_.size(); ++i) {
        const auto failure = i < reached.failures.size() ? reached.failures[i] : std::nullopt;
        if (failure) {
            services_.memory.note(left_[i].address, Fault::silent, now());
            if (!reached.fd)
                failures_.emplace_back(relay::Client::not_connected(left_[i], *failure), name_of(left_[i]));
        } else if (reached.fd && i == reached.which) {
            server_ = std::move(left_[i]);
            shown_ = name_of(server_);
        } else {
            left.push_back(std::move(left_[i]));
        }
    }
    left_ = std::move(left);
    connection_ = std::move(reached.fd);
}

void HostCall::make_client() {
    const auto& hello = services_.config[opt::remote_helo];
    const auto& name = hello.empty() ? services_.config[opt::hostname] : hello;
    client_ = std::make_unique<relay::Client>(services_.pool, name, timeouts_of(services_.config));
}

Task<HostCall::OpenFailure> HostCall::greet() {
    make_client();
    if (!server_.unix_path.empty()) {
        auto failure = co_await client_->open(server_);
        co_return std::move(failure);
    }
    auto failure = co_await client_->open(server_, std::move(connection_));
    co_return std::move(failure);
}

/// Over another connection to the same address.
Task<HostCall::OpenFailure> HostCall::greet_without_tls() {
    server_.tls = TlsUse::none;
    if (server_.unix_path.empty()) {
        const auto deadline = async::after(services_.config[opt::remote_connect_timeout]);
        auto fd = co_await services_.connector.connect(server_.address, deadline, server_.source);
        if (!fd) co_return relay::Client::not_connected(server_, fd.error());
        connection_ = std::move(*fd);
    }
    auto failure = co_await greet();
    co_return std::move(failure);
}

void HostCall::learn(const OpenFailure& failure) {
    if (!server_.unix_path.empty()) return;
    if (failure && !has_spoken(*failure)) {
        services_.memory.note(server_.address, Fault::silent, now());
        return;
    }
    services_.memory.forget(server_.address, Fault::silent);
    if (!failure && !client_->facts().tls_version.empty()) services_.memory.forget(server_.address, Fault::tls);
}

}  // namespace md::mdqueue
