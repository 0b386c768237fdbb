// daemon/supervisor.h - a parent's work after its start: generations, reload, stop, control socket
//
// PURPOSE
//   live() starts the first generation and returns when the daemon has stopped. Meanwhile it reloads on SIGHUP and on
//   request, stops on SIGTERM, SIGINT and on request, and answers the control socket (doc/formats/control.md).
// CONTRACT
//   A reload with a fault changes nothing. Two reloads run one after the other. The certificate's files are looked at
//   every few seconds, and a changed one goes to the running workers.
// DIAGNOSTICS
//   DaemonStarted, DaemonStopping, DaemonStopped, DaemonReloaded, DaemonReloadRefused, DaemonNeedsRestart,
//   ListenerFailed, ControlRefused
#pragma once

#include <list>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "async/scope.h"
#include "async/sync.h"
#include "base/result.h"
#include "daemon/generation.h"
#include "ipc/json.h"
#include "ipc/server.h"

namespace md::daemon {

/// Why a reload was refused, a line a fault.
struct ReloadFault {
    std::string text;
    bool of_time = false;  ///< not the configuration's: the daemon starts or stops
};

class Supervisor {
  public:
    Supervisor(Parent& parent, config::ConfigPointer config, std::shared_ptr<const Listening> listening,
               std::shared_ptr<log::Sink> sink, int control_fd);

    async::Task<void> live();

  private:
    async::Task<void> live_in(async::Scope& scope);
    async::Task<void> first_start();
    async::Task<void> stop_all();
    async::Task<void> stop_role(const Role& role, async::Deadline until);
    async::Task<void> heed_signals();
    async::Task<void> watch_identity();
    async::Task<void> sample_counters();

    async::Task<Result<void, ReloadFault>> reload();
    Result<std::shared_ptr<Generation>, ReloadFault> make_generation(config::ConfigPointer config);
    async::Task<Result<void, ReloadFault>> replace(std::shared_ptr<Generation> fresh);
    void take_over(const Generation& fresh);
    async::Task<void> replace_owners(Generation& old, Generation& fresh);
    async::Task<void> drain(std::shared_ptr<Generation> old);
    void forget_finished();

    async::Task<bool> all_ready(Generation& generation, Which which, async::Deadline deadline);
    async::Task<bool> all_finished(Generation& generation, Which which, async::Deadline deadline);

    async::Task<ipc::Reply> control(ipc::Call call);
    async::Task<ipc::Json> reload_request();
    async::Task<ipc::Json> change_request(std::string what);
    [[nodiscard]] ipc::Json status() const;
    [[nodiscard]] ipc::Json stats(const ipc::Json& request) const;

    // session_requests.cc
    async::Task<ipc::Json> sessions_request(ipc::Json request);
    async::Task<ipc::Json> kill_request(ipc::Json request);
    [[nodiscard]] std::vector<pid_t> listening_children() const;
    class Question;

    [[nodiscard]] log::Logger log() const { return parent_.log(); }
    [[nodiscard]] Generation& current() { return *generations_.back(); }

    Parent& parent_;
    config::ConfigPointer config_;
    std::shared_ptr<const Listening> listening_;
    std::shared_ptr<log::Sink> sink_;
    ipc::Server server_;
    int control_fd_;

    async::Scope* scope_ = nullptr;
    std::list<std::shared_ptr<Generation>> generations_;  ///< the last is the current one
    async::Mutex reloading_;
    async::Signal stop_wanted_;
    std::string stop_reason_;
    std::string state_ = "starting";
    std::string identity_;
    unsigned next_number_ = 1;
    std::uint64_t changes_ = 0;
    std::uint64_t questions_ = 0;
    async::Deadline since_;
};

/// Log settings as the configuration has them; in the foreground to standard error.
[[nodiscard]] log::Settings log_settings(const config::Config& config, bool foreground);

}  // namespace md::daemon
