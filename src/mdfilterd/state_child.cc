// mdfilterd/state_child.cc - see state_child.h

#include "mdfilterd/state_child.h"

#include "async/loop.h"
#include "async/scope.h"
#include "base/files.h"
#include "daemon/contain.h"
#include "daemon/door.h"
#include "ipc/server.h"
#include "policy/berkeley_store.h"
#include "policy/state.h"

namespace md::mdfilterd {

using async::Scope;
using async::Task;

namespace opt = config::opt;

namespace {

constexpr auto kPurgeEvery = std::chrono::minutes(1);

class StateChild {
  public:
    explicit StateChild(daemon::Child& child)
        : child_(child),
          store_(real_files(), child.config()[opt::paths_filter] + "/state"),
          state_(store_, child.pool(), real_clock(), child.log(), daemon::rates_of(child.config())),
          daemons_(std::string(policy::request::kPolicySocket), child.peers({"mdsmtpd", "mdmail"}), child.log()) {}

    Task<void> run(Scope& scope) {
        co_await state_.load();
        child_.log().event(Event::FilterStateOpened, state_.lists().size());
        scope.spawn(purge_for_ever());
        scope.spawn(retire());
        ipc::Server server(std::string(policy::request::kSocket), child_.peers({}), child_.log());
        state_.answer_on(server);
        state_.answer_daemons_on(daemons_);
        scope.spawn(daemons_.serve(child_.internal_socket(policy::request::kPolicySocket), child_.retiring().point()));
        child_.ready();
        co_await server.serve(child_.internal_socket(policy::request::kSocket), child_.retiring().point());
        scope.cancel();
    }

  private:
    /// Subscribers wait for the next change, which would keep the server from its end.
    Task<void> retire() {
        co_await child_.retiring().wait(async::never());
        state_.retire();
    }

    /// A failure of the disk is told, and tried again with the next turn.
    Task<void> purge_for_ever() {
        for (;;) {
            co_await async::sleep_for(kPurgeEvery);
            const auto fault = co_await daemon::contain(purge());
            if (fault) child_.log().failure(Event::FilterPurgeFailed, fault);
        }
    }

    Task<void> purge() {
        const auto gone = co_await state_.purge();
        if (gone > 0) child_.log().event(Event::FilterPurged, gone);
    }

    daemon::Child& child_;
    policy::BerkeleyStore store_;
    policy::State state_;
    ipc::Server daemons_;  ///< outlives the scope in which it serves
};

}  // namespace

Task<void> run_state(daemon::Child& child) {
    StateChild state(child);
    auto body = [&state](Scope& scope) { return state.run(scope); };
    co_await async::scoped(body);
}

}  // namespace md::mdfilterd
