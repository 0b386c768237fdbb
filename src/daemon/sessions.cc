// daemon/sessions.cc - see sessions.h

#include "daemon/sessions.h"

#include <sys/socket.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "async/loop.h"
#include "async/scope.h"
#include "daemon/connection_table.h"
#include "daemon/listening.h"
#include "daemon/proxied.h"
#include "net/disconnected.h"
#include "net/listener.h"

namespace md::daemon {

using async::Scope;
using async::Task;

namespace opt = config::opt;

namespace {

constexpr auto kHandshakeTime = std::chrono::seconds(60);
constexpr auto kProxyHeaderTime = std::chrono::seconds(10);
constexpr auto kForgetTime = std::chrono::milliseconds(10);

bool is_balancer(const config::Listener& listener, const IpAddress& ip) {
    return std::any_of(listener.proxy_from.begin(), listener.proxy_from.end(),
                       [&ip](const auto& network) { return network.contains(ip); });
}

/// One address, for as long as it has a connection here. IPv6 counts by /64, loopback not at all.
class Counted {
  public:
    Counted(Child& child, const IpAddress& ip) : child_(child), key_(ip.octets().substr(0, ip.v6() ? 8 : 4)) {
        if (!ip.loopback()) now_ = child_.connections().add(child_.connection_row(), key_);
    }
    Counted(const Counted&) = delete;
    Counted& operator=(const Counted&) = delete;
    ~Counted() {
        if (now_ > 0) child_.connections().remove(child_.connection_row(), key_);
    }
    [[nodiscard]] unsigned now() const noexcept { return now_; }

  private:
    Child& child_;
    std::string key_;
    unsigned now_ = 0;
};

class Acceptor {
  public:
    Acceptor(Child& child, SessionRules rules, Serve serve)
        : child_(child), rules_(std::move(rules)), serve_(std::move(serve)) {}

    Task<void> run(Scope& scope) {
        for (const auto& socket : child_.listeners()) scope.spawn(accept_on(scope, socket));
        child_.ready();
        co_await child_.retiring().wait(async::never());
        // After a turn in which the loop has forgotten the sockets: others have them too, and would go on waking it.
        co_await async::sleep_for(kForgetTime);
        child_.stop_listening();
    }

  private:
    Task<void> accept_on(Scope& scope, const ListeningSocket& socket) {
        const std::function<void(net::Accepted)> take = [this, &scope, &socket](net::Accepted accepted) {
            scope.spawn(serve_one(std::move(accepted), socket.listener));
        };
        const net::TellPause paused = [this, &socket](const char* cause) {
            child_.log().event(Event::AcceptPaused, place_of(socket.listener), cause);
        };
        co_await net::accept_loop(socket.fd, child_.retiring().point(), take, paused);
    }

    Task<void> serve_one(net::Accepted accepted, const config::Listener& listener) {
        const Child::SessionCount count(child_);
        if (is_balancer(listener, accepted.peer.ip())) {
            const auto until = async::after(kProxyHeaderTime);
            const auto client = co_await proxied_client(accepted.fd.get(), accepted.peer, until);
            if (!client) {
                child_.log().event(Event::ProxyRefused, accepted.peer.text(), client.error());
                co_return;
            }
            accepted.peer = *client;
        }
        const Counted counted(child_, accepted.peer.ip());
        const auto peer = accepted.peer.text();
        if (const auto* limit = exceeded(counted)) {
            child_.log().event(Event::ConnectionRefused, peer, limit);
            send_away(accepted.fd, listener);
            co_return;
        }
        auto stream = std::make_unique<net::Stream>(std::move(accepted.fd), accepted.peer, accepted.local);
        Session session(child_, listener, std::move(stream), log::Logger(child_.sink(), log::new_session_id()));
        try {
            co_await converse(session);
        } catch (const net::Disconnected& over) {
            session.log.event(Event::ConnectionEnded, peer, net::name(over.reason));
        } catch (const std::exception& e) {
            session.log.failure(Event::SessionFailed, e);
        }
        session.stream->close();
    }

    Task<void> converse(Session& session) {
        if (session.listener.tls == config::Tls::implicit) {
            auto server = child_.tls(rules_.alpn);
            if (!server) co_return;  // TlsUnusable says why
            const auto until = async::after(kHandshakeTime);
            co_await session.stream->start_tls(std::move(server), until);
        }
        auto task = serve_(session);
        co_await task;
    }

    /// The option whose limit this connection is beyond; null: none.
    [[nodiscard]] const char* exceeded(const Counted& counted) const {
        const auto& config = child_.config();
        const auto all = static_cast<std::uint64_t>(config[opt::limits_connections]);
        const auto share = (all + child_.places() - 1) / child_.places();
        if (child_.sessions() > share) return "limits.connections";
        const auto each = static_cast<std::uint64_t>(config[opt::limits_connections_per_address]);
        return counted.now() > each ? "limits.connections_per_address" : nullptr;
    }

    /// A line in the clear, as far as it goes at once; with implicit TLS nobody could read it.
    void send_away(const Fd& fd, const config::Listener& listener) const {
        if (!rules_.refuse || listener.tls == config::Tls::implicit) return;
        const auto line = rules_.refuse(listener);
        [[maybe_unused]] const auto n = ::send(fd.get(), line.data(), line.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    }

    Child& child_;
    SessionRules rules_;
    Serve serve_;
};

}  // namespace

Task<void> serve_sessions(Child& child, SessionRules rules, Serve serve) {
    Acceptor acceptor(child, std::move(rules), std::move(serve));
    const auto body = [&acceptor](Scope& scope) { return acceptor.run(scope); };
    co_await async::scoped(body);
}

}  // namespace md::daemon
