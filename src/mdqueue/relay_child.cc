// mdqueue/relay_child.cc - see relay_child.h

#include "mdqueue/relay_child.h"

#include "async/scope.h"
#include "base/error.h"
#include "dns/unbound_resolver.h"
#include "ipc/server.h"
#include "mdqueue/courier.h"
#include "net/own_addresses.h"

namespace md::mdqueue {

using async::Scope;
using async::Task;
using ipc::Reply;
namespace opt = config::opt;

namespace {

HostMemory::Rules memory_rules(const config::Config& config) {
    HostMemory::Rules rules;
    rules.rest = config[opt::remote_rest];
    rules.longest_rest = config[opt::remote_longest_rest];
    // Its connection, and then a word.
    rules.probe = config[opt::remote_connect_timeout] + config[opt::remote_command_timeout];
    return rules;
}

Connections::Limits connection_limits(const config::Config& config) {
    Connections::Limits limits;
    limits.of_one = static_cast<std::size_t>(config[opt::remote_concurrency]);
    limits.in_all = static_cast<std::size_t>(config[opt::remote_in_all]);
    return limits;
}

class RelayRole {
  public:
    explicit RelayRole(daemon::Child& child)
        : child_(child),
          resolver_(dns::make_lenient_resolver(child.config(),
                                               [&child](const SystemError& failure) {
                                                   child.log().failure(Event::TrustAnchorsUnusable,
                                                                       child.config()[opt::dns_trust_anchors], failure);
                                               })),
          connections_(connection_limits(child.config())),
          memory_(memory_rules(child.config())),
          services_{child.pool(),
                    child.config(),
                    *resolver_,
                    connector_,
                    connections_,
                    memory_,
                    verifying_,
                    child.log(),
                    {{child.config()[opt::hostname]}, net::own_addresses()},
                    [&child] { return child.retiring().is_set(); }} {}

    Task<void> run(Scope& scope) {
        scope_ = &scope;
        scope.spawn(connections_.sweep());
        ipc::Server server("relay", child_.peers({"mdqueue"}), child_.log());
        // What the manager lets go at once may all be for destinations of this child.
        server.allow_in_flight(static_cast<std::size_t>(child_.config()[opt::remote_in_all]));
        server.on(relay_request::kRelay, [this](ipc::Call call) { return relay(std::move(call)); });
        child_.ready();
        co_await server.serve(child_.internal_socket("relay-#.sock"), child_.retiring().point());
        co_await connections_.close();
        scope.cancel();
    }

  private:
    Task<Reply> relay(ipc::Call call) {
        const auto job = decode_relay_job(call.payload);
        if (!job || call.descriptors.size() != 1) co_return Reply::refused("no relay job");
        const auto message = adopt_file(std::move(call.descriptors.front()), "message " + job->envelope.id.text());
        Courier courier(services_, *job, *message);
        const auto result = co_await courier.run();
        if (auto used = courier.take_used()) scope_->spawn(put_away(services_, std::move(used)));
        co_return Reply(encode(result));
    }

    daemon::Child& child_;
    std::unique_ptr<dns::Resolver> resolver_;
    relay::TcpConnector connector_;
    Connections connections_;
    HostMemory memory_;
    VerifyingTls verifying_;
    CourierServices services_;
    Scope* scope_ = nullptr;
};

}  // namespace

Task<void> run_relay(daemon::Child& child) {
    RelayRole role(child);
    auto body = [&role](Scope& scope) { return role.run(scope); };
    co_await async::scoped(body);
}

}  // namespace md::mdqueue
