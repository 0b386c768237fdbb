// mdfilterd/judge.cc - see judge.h

#include "mdfilterd/judge.h"

#include <sys/socket.h>

#include <algorithm>

#include "async/loop.h"
#include "async/scope.h"
#include "checks/lists_check.h"
#include "log/counter.h"
#include "mdfilterd/scan.h"
#include "mdfilterd/session.h"
#include "net/listener.h"
#include "policy/request.h"
#include "policy/subscriber.h"

namespace md::mdfilterd {

using async::Scope;
using async::Task;

namespace opt = config::opt;

namespace {

/// So long a start waits for the lists. Without them strangers are told to come again.
constexpr auto kListsTime = std::chrono::seconds(2);

checks::Limits limits_of(const config::Config& config) {
    checks::Limits limits;
    limits.check_time = config[opt::filter_check_timeout];
    limits.header_octets = config[opt::smtp_header_size];
    limits.thresholds.junk = static_cast<std::int32_t>(config[opt::filter_junk_at]) * 100;
    limits.thresholds.refuse = static_cast<std::int32_t>(config[opt::filter_refuse_at]) * 100;
    return limits;
}

class Judge {
  public:
    explicit Judge(daemon::Child& child)
        : child_(child),
          own_peers_(child.peers({"mdsmtpd", "mdqueue"})),
          subscriber_(child.run_path(policy::request::kSocket), child.log()),
          pipeline_(limits_of(child.config())),
          scans_(std::string(checks::kScanSocket), child.peers({}), child.log()) {
        pipeline_.add(std::make_unique<checks::WhiteListCheck>([this] { return lists(); }, real_clock()));
        pipeline_.add(std::make_unique<checks::ListsCheck>([this] { return lists(); }, real_clock()));
    }

    Task<void> run(Scope& scope) {
        scope.spawn(subscriber_.run());
        const auto patience = async::after(kListsTime);
        const auto known = co_await subscriber_.current().wait(patience);
        static_cast<void>(known);
        const auto body = [this](Scope& inner) { return serve(inner); };
        co_await async::scoped(body);
        scope.cancel();
    }

  private:
    [[nodiscard]] const policy::Lists* lists() noexcept {
        return subscriber_.current().is_set() ? &subscriber_.lists() : nullptr;
    }

    Task<void> serve(Scope& scope) {
        scope.spawn(accept(scope, child_.internal_socket(kFilterSocket), true));
        for (const auto& socket : child_.listeners()) scope.spawn(accept(scope, socket.fd, false));
        scans_.on(checks::kScan, [this, &scope](ipc::Call call) { return scan_file(scope, std::move(call)); });
        scope.spawn(scans_.serve(child_.internal_socket(checks::kScanSocket), child_.retiring().point()));
        child_.ready();
        co_await child_.retiring().wait(async::never());
        while (child_.sessions() > 0 && !child_.stopping().is_set()) {
            const auto woken = co_await async::either(changed_, child_.stopping().point(), async::never());
            static_cast<void>(woken);
        }
        while (in_message_ > 0) {
            const auto woken = co_await async::Wait(changed_, async::never());
            static_cast<void>(woken);
        }
        scope.cancel();
    }

    Task<void> accept(Scope& scope, int fd, bool own) {
        const std::function<void(net::Accepted)> take = [this, &scope, own](net::Accepted accepted) {
            log::count(Counter::connections);
            if (own ? !is_ours(accepted.fd) : is_full(accepted.peer)) return;
            scope.spawn(serve_one(std::move(accepted), own));
        };
        const net::TellPause paused = [this](const char* cause) {
            child_.log().event(Event::AcceptPaused, "filter", cause);
        };
        co_await net::accept_loop(fd, child_.retiring().point(), take, paused);
    }

    Task<ipc::Reply> scan_file(Scope& scope, ipc::Call call) {
        auto reply =
            co_await answer_scan(pipeline_, scope, child_.pool(), child_.config(), child_.log(), std::move(call));
        co_return std::move(reply);
    }

    /// The extension speaks for the store and the spool: it is for our own daemons.
    [[nodiscard]] bool is_ours(const Fd& fd) const {
        ucred peer{};
        socklen_t size = sizeof peer;
        const bool known = ::getsockopt(fd.get(), SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0;
        if (known && std::find(own_peers_.begin(), own_peers_.end(), peer.uid) != own_peers_.end()) return true;
        child_.log().event(Event::IpcRefused, kFilterSocket, peer.uid, peer.pid);
        return false;
    }

    /// Our own daemons are bounded by their clients.
    [[nodiscard]] bool is_full(const net::SocketAddress& peer) const {
        if (child_.sessions() < static_cast<std::uint64_t>(child_.config()[opt::limits_connections])) return false;
        child_.log().event(Event::ConnectionRefused, peer.text(), "limits.connections");
        log::count(Counter::connections_refused);
        return true;
    }

    Task<void> serve_one(net::Accepted accepted, bool own) {
        const Counted counted(*this);
        const auto peer = own ? std::string(kFilterSocket) : accepted.peer.text();
        const log::Logger log(child_.sink(), log::new_session_id());
        net::Stream stream(std::move(accepted.fd), accepted.peer, accepted.local);
        try {
            const auto body = [&](Scope& scope) { return converse(&scope, &stream, own, log); };
            co_await async::scoped(body);
        } catch (const net::Disconnected& over) {
            log.event(Event::ConnectionEnded, peer, net::name(over.reason));
        } catch (const std::exception& e) {
            log.failure(Event::SessionFailed, e);
        }
    }

    Task<void> converse(Scope* scope, net::Stream* stream, bool own, log::Logger log) {
        Session session(pipeline_, *scope, child_.config(), log, [this](int change) { count_message(change); });
        auto settings = server_settings(pipeline_, own);
        const auto end = co_await milter::serve(*stream, session, settings);
        if (end != milter::ServerEnd::quit) log.event(Event::FilterProtocolBroken, milter::name(end));
        scope->cancel();
    }

    void count_message(int change) {
        in_message_ += change;
        changed_.wake_all();
    }

    /// One connection, in the numbers of `mdctl status` too.
    class Counted {
      public:
        explicit Counted(Judge& judge) : judge_(judge), count_(judge.child_) {}
        Counted(const Counted&) = delete;
        Counted& operator=(const Counted&) = delete;
        ~Counted() { judge_.changed_.wake_all(); }

      private:
        Judge& judge_;
        daemon::Child::SessionCount count_;
    };

    daemon::Child& child_;
    std::vector<uid_t> own_peers_;
    policy::Subscriber subscriber_;
    checks::Pipeline pipeline_;
    ipc::Server scans_;  ///< outlives the scope in which it serves
    int in_message_ = 0;
    async::WaitPoint changed_;
};

}  // namespace

Task<void> run_judge(daemon::Child& child) {
    Judge judge(child);
    auto body = [&judge](Scope& scope) { return judge.run(scope); };
    co_await async::scoped(body);
}

}  // namespace md::mdfilterd
