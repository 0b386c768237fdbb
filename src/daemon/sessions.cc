// daemon/sessions.cc - see sessions.h

#include "daemon/sessions.h"

#include <sys/socket.h>

#include <algorithm>
#include <cstring>
#include <optional>
#include <utility>

#include "async/loop.h"
#include "async/scope.h"
#include "daemon/connection_table.h"
#include "daemon/door.h"
#include "daemon/listening.h"
#include "daemon/proxied.h"
#include "daemon/users.h"
#include "log/counter.h"
#include "net/disconnected.h"
#include "net/listener.h"

namespace md::daemon {

using async::Scope;
using async::Task;

namespace opt = config::opt;

namespace {

constexpr auto kHandshakeTime = std::chrono::seconds(60);
constexpr auto kProxyHeaderTime = std::chrono::seconds(10);
constexpr auto kFarewellTime = std::chrono::seconds(5);
constexpr unsigned kSentAwayAtOnce = 16;
constexpr auto kForgetTime = std::chrono::milliseconds(10);

bool is_balancer(const config::Listener& listener, const IpAddress& ip) {
    return std::any_of(listener.proxy_from.begin(), listener.proxy_from.end(),
                       [&ip](const auto& network) { return network.contains(ip); });
}

/// By what an address's connections are counted: IPv6 by /64, loopback not at all.
std::string key_of(const IpAddress& ip) {
    return std::string(ip.loopback() ? std::string_view() : ip.octets().substr(0, ip.v6() ? 8 : 4));
}

/// By Unix sockets it is the user: one of them alone cannot keep the others out.
std::string key_of(const net::Accepted& accepted) {
    const auto user = accepted.peer.ip() == IpAddress() ? peer_uid(accepted.fd.get()) : std::nullopt;
    return user ? "user " + std::to_string(*user) : key_of(accepted.peer.ip());
}

/// A connection, for as long as it lasts: one of all, and one of its client's. An empty key is not counted.
class Counted {
  public:
    Counted(Child& child, std::string key) : child_(child), key_(std::move(key)) {
        all_ = child_.connections().add(child_.connection_row(), kAll);
        if (!key_.empty()) now_ = child_.connections().add(child_.connection_row(), key_);
    }
    Counted(const Counted&) = delete;
    Counted& operator=(const Counted&) = delete;
    ~Counted() {
        child_.connections().remove(child_.connection_row(), kAll);
        if (now_ > 0) child_.connections().remove(child_.connection_row(), key_);
    }
    [[nodiscard]] unsigned all() const noexcept { return all_; }
    [[nodiscard]] unsigned of_client() const noexcept { return now_; }

  private:
    static constexpr std::string_view kAll = "all";

    Child& child_;
    std::string key_;
    unsigned all_ = 0;
    unsigned now_ = 0;
};

/// One of those that are being told why they are sent away.
class SentAway {
  public:
    explicit SentAway(unsigned& count) noexcept : count_(count) { ++count_; }
    SentAway(const SentAway&) = delete;
    SentAway& operator=(const SentAway&) = delete;
    ~SentAway() { --count_; }

  private:
    unsigned& count_;
};

AccountLimit account_limit(Child& child) {
    const auto most = static_cast<std::uint64_t>(child.config()[opt::limits_sessions_per_account]);
    return {child.connections(), child.connection_row(), most};
}

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
        log::count(Counter::connections);
        if (is_balancer(listener, accepted.peer.ip())) {
            const bool known = co_await learn_client(accepted);
            if (!known) co_return;
        }
        std::optional<Counted> counted(std::in_place, child_, key_of(accepted));
        const bool welcome = co_await let_in(accepted, listener, *counted);
        if (!welcome) co_return;
        const auto peer = accepted.peer.text();
        auto stream = std::make_unique<net::Stream>(std::move(accepted.fd), accepted.peer, accepted.local);
        Session session(child_, listener, std::move(stream), log::new_session_id());
        if (child_.stopping().is_set()) session.ending.set();
        session.recount = [this, &counted](const IpAddress& client) {
            counted.emplace(child_, key_of(client));
            return exceeded(*counted) == nullptr;
        };
        const auto serve = [this, &session] { return converse(session); };
        try {
            co_await child_.session_book().listed(session.entry, *session.stream, serve);
            if (session.entry.cut_off()) session.log.event(Event::ConnectionEnded, peer, "cut off");
        } catch (const net::Disconnected& over) {
            session.log.event(Event::ConnectionEnded, peer, net::name(over.reason));
        } catch (const std::exception& e) {
            session.log.failure(Event::SessionFailed, e);
        }
        log::count(Counter::octets_in, session.stream->received());
        log::count(Counter::octets_out, session.stream->sent());
        session.stream->close();
    }

    /// From the header that a balancer sends first; false: there is none.
    Task<bool> learn_client(net::Accepted& accepted) {
        const auto until = async::after(kProxyHeaderTime);
        const auto client = co_await proxied_client(accepted.fd.get(), accepted.peer, until);
        if (!client) {
            child_.log().event(Event::ProxyRefused, accepted.peer.text(), client.error());
            co_return false;
        }
        accepted.peer = *client;
        co_return true;
    }

    /// False: it was sent away, because of a limit or by the door.
    Task<bool> let_in(net::Accepted& accepted, const config::Listener& listener, const Counted& counted) {
        const char* cause = exceeded(counted);
        bool banned = false;
        if (cause == nullptr && rules_.door != nullptr) {
            const auto way = co_await rules_.door->knock(accepted.peer.ip());
            banned = way == Door::Way::banned;
            if (way != Door::Way::in) cause = banned ? "ban" : "limits.connections_per_minute";
        }
        if (cause == nullptr) co_return true;
        child_.log().event(Event::ConnectionRefused, accepted.peer.text(), cause);
        log::count(banned ? Counter::connections_banned : Counter::connections_refused);
        auto refuse = banned ? rules_.refuse_banned : rules_.refuse;
        co_await send_away(std::move(accepted), listener, std::move(refuse));
        co_return false;
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
        if (counted.all() > static_cast<std::uint64_t>(config[opt::limits_connections])) return "limits.connections";
        const auto each = static_cast<std::uint64_t>(config[opt::limits_connections_per_address]);
        return counted.of_client() > each ? "limits.connections_per_address" : nullptr;
    }

    /// Told why, as far as that goes at once; under implicit TLS after a handshake, where few are being told so.
    Task<void> send_away(net::Accepted accepted, const config::Listener& listener, Refuse refuse) {
        if (!refuse) co_return;
        const auto line = refuse(listener);
        if (listener.tls != config::Tls::implicit) {
            [[maybe_unused]] const auto n =
                ::send(accepted.fd.get(), line.data(), line.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
            co_return;
        }
        auto server = child_.tls(rules_.alpn);
        if (!server || sending_away_ >= kSentAwayAtOnce) co_return;
        const SentAway one(sending_away_);
        net::Stream stream(std::move(accepted.fd), accepted.peer, accepted.local);
        try {
            const auto until = async::after(kFarewellTime);
            co_await stream.start_tls(std::move(server), until);
            stream.put(line);
            co_await stream.flush(until);
            stream.close();
        } catch (const net::Disconnected&) {
            // Nobody wants to hear it.
        } catch (const std::exception& e) {
            child_.log().failure(Event::SessionFailed, e);
        }
    }

    Child& child_;
    SessionRules rules_;
    Serve serve_;
    unsigned sending_away_ = 0;
};

}  // namespace

Session::Session(Child& c, const config::Listener& l, std::unique_ptr<net::Stream> s, std::string id)
    : child(c),
      listener(l),
      stream(std::move(s)),
      log(c.sink(), id),
      entry(std::move(id), config::name(l.protocol), *stream, ending, account_limit(c)) {}

Task<void> serve_sessions(Child& child, SessionRules rules, Serve serve) {
    Acceptor acceptor(child, std::move(rules), std::move(serve));
    const auto body = [&acceptor](Scope& scope) { return acceptor.run(scope); };
    co_await async::scoped(body);
}

}  // namespace md::daemon
