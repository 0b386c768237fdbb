// daemon/supervisor.cc - start, stop and what goes on between; reload: reload.cc; control socket: control.cc

#include "daemon/supervisor.h"

#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <utility>

#include "async/loop.h"
#include "config.h"
#include "daemon/control_protocol.h"
#include "daemon/identity.h"
#include "daemon/notify.h"
#include "daemon/signals.h"

namespace md::daemon {

using async::Deadline;
using async::Scope;
using async::Task;
using async::Wait;
using async::Woken;

namespace opt = config::opt;

namespace {

constexpr auto kIdentityLook = std::chrono::seconds(2);
constexpr auto kStartPatience = std::chrono::seconds(30);
/// What a role has to end in, however long the one before it took.
constexpr auto kLeastTime = std::chrono::seconds(2);
/// After the kill: the kernel's own time to end a process.
constexpr auto kKillTime = std::chrono::seconds(10);

log::Target target(const std::string& name) {
    if (name == "syslog") return log::Target::syslog;
    return name == "file" ? log::Target::file : log::Target::standard_error;
}

}  // namespace

log::Settings log_settings(const config::Config& config, bool foreground) {
    log::Settings settings;
    settings.target = foreground ? log::Target::standard_error : target(config[opt::log_target]);
    settings.format = config[opt::log_format] == "json" ? log::Format::json : log::Format::text;
    settings.level = log::parse_level(config[opt::log_level]).value_or(log::Level::info);
    settings.file = config[opt::log_file];
    return settings;
}

Supervisor::Supervisor(Parent& parent, config::ConfigPointer config, std::shared_ptr<const Listening> listening,
                       std::shared_ptr<log::Sink> sink, int control_fd)
    : parent_(parent),
      config_(std::move(config)),
      listening_(std::move(listening)),
      sink_(std::move(sink)),
      server_(control_socket_name(parent.program.name), {0, ::geteuid()}, log::Logger(*sink_)),
      control_fd_(control_fd),
      since_(async::Loop::current().now()) {
    server_.on_refusal(
        [](const log::Logger& log, const ucred& peer) { log.event(Event::ControlRefused, peer.uid, peer.pid); });
    server_.on(kControl, [this](ipc::Call call) { return control(std::move(call)); });
}

Task<void> Supervisor::live() {
    const auto body = [this](Scope& scope) { return live_in(scope); };
    co_await async::scoped(body);
}

Task<void> Supervisor::live_in(Scope& scope) {
    scope_ = &scope;
    async::WaitPoint never_stops;
    scope.spawn(server_.serve(control_fd_, never_stops));
    scope.spawn(heed_signals());
    scope.spawn(sample_counters());
    co_await first_start();
    scope.spawn(watch_identity());
    co_await stop_wanted_.wait(async::never());
    co_await stop_all();
    scope.cancel();
}

Task<void> Supervisor::first_start() {
    generations_.push_back(std::make_shared<Generation>(parent_, next_number_++, config_, listening_, sink_));
    identity_ = identity_fingerprint(*config_);
    current().start(*scope_, Which::all());
    // A child that cannot start is tried again and again; meanwhile this daemon says of itself that it starts.
    // Asked before each wait: a child may have been ready, and heard, before the last of them was forked.
    while (!stop_wanted_.is_set() && !current().ready(Which::all())) {
        const auto until = async::after(kStartPatience);
        co_await async::either(parent_.changed, stop_wanted_.point(), until);
    }
    if (stop_wanted_.is_set()) co_return;
    state_ = "running";
    log().event(Event::DaemonStarted, PACKAGE_VERSION, config_->file());
    notify_system("READY=1");
}

Task<void> Supervisor::stop_all() {
    state_ = "stopping";
    log().event(Event::DaemonStopping, stop_reason_);
    notify_system("STOPPING=1");
    const auto until = async::after((*config_)[opt::daemon_stop_timeout]);
    listening_.reset();
    for (const auto& generation : generations_) generation->stop_listening();
    const auto& roles = parent_.program.roles;
    for (std::size_t i = roles.size(); i > 0; --i) co_await stop_role(roles[i - 1], until);
    log().event(Event::DaemonStopped);
}

/// The last role that the program declares ends first: what it asks of the others is still answered.
Task<void> Supervisor::stop_role(const Role& role, Deadline until) {
    const auto all = generations_;  // a reload that goes on meanwhile moves the list's own
    for (const auto& generation : all) generation->stop(role);
    const auto at_least = async::after(kLeastTime);
    const auto patience = std::max(until, at_least);
    for (const auto& generation : all) {
        const bool finished = co_await all_finished(*generation, role, patience);
        if (finished) continue;
        generation->kill(role);
        const auto last = async::after(kKillTime);
        co_await all_finished(*generation, role, last);
    }
}

Task<void> Supervisor::heed_signals() {
    SignalQueue signals{SIGTERM, SIGINT, SIGHUP};
    for (;;) {
        const int number = co_await signals.next();
        if (number == SIGHUP) {
            const auto done = co_await reload();
            (void)done;  // the log has it
            continue;
        }
        stop_reason_ = number == SIGTERM ? "SIGTERM" : "SIGINT";
        stop_wanted_.set();
    }
}

Task<void> Supervisor::sample_counters() {
    for (;;) {
        co_await async::sleep_for(CounterBook::kStep);
        parent_.counters.sample();
    }
}

Task<void> Supervisor::watch_identity() {
    for (;;) {
        co_await async::sleep_for(kIdentityLook);
        auto now = identity_fingerprint(*config_);
        if (now == identity_) continue;
        identity_ = std::move(now);
        for (const auto& generation : generations_) generation->send_identity();
    }
}

Task<bool> Supervisor::all_ready(Generation& generation, Which which, Deadline deadline) {
    while (!generation.ready(which)) {
        const auto woken = co_await Wait(parent_.changed, deadline);
        if (woken == Woken::timed_out) co_return false;
    }
    co_return true;
}

Task<bool> Supervisor::all_finished(Generation& generation, Which which, Deadline deadline) {
    while (!generation.finished(which)) {
        const auto woken = co_await Wait(parent_.changed, deadline);
        if (woken == Woken::timed_out) co_return false;
    }
    co_return true;
}

/// Only between two reloads and before the stop: they hold references into the list.
void Supervisor::forget_finished() {
    if (state_ != "running") return;
    generations_.remove_if([this](const auto& g) { return g != generations_.back() && g->finished(Which::all()); });
}

}  // namespace md::daemon
