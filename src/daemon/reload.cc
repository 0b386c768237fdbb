// daemon/reload.cc - a new generation takes the place of the running one; see supervisor.h
//
// CONTRACT
//   The order: configuration, listeners, log; then the children beside the old; once they are ready the owners of state
//   in sequence; then the old accept no more. Until the new children are ready everything can be taken back.

#include <unistd.h>

#include <utility>

#include "async/loop.h"
#include "base/error.h"
#include "daemon/identity.h"
#include "daemon/notify.h"
#include "daemon/supervisor.h"

namespace md::daemon {

using async::Task;

namespace opt = config::opt;

namespace {

constexpr auto kReadyTime = std::chrono::seconds(20);

}  // namespace

Task<Result<void, ReloadFault>> Supervisor::reload() {
    const auto guard = co_await reloading_.lock();
    if (state_ != "running") {
        ReloadFault fault{"the daemon is " + state_, true};
        log().event(Event::DaemonReloadRefused, fault.text);
        co_return fail(std::move(fault));
    }
    auto loaded = config::load(config_->file());
    if (!loaded) {
        for (const auto& fault : loaded.error()) log().event(Event::DaemonReloadRefused, fault.describe());
        co_return fail(ReloadFault{config::describe(loaded.error())});
    }
    auto made = make_generation(std::move(*loaded));
    if (!made) {
        log().event(Event::DaemonReloadRefused, made.error().text);
        co_return fail(ReloadFault{made.error().text});
    }
    // Who logs in now shall be able to afterwards.
    const auto unusable = current().has_identity() ? (*made)->identity_fault() : std::nullopt;
    if (unusable) {
        log().event(Event::DaemonReloadRefused, *unusable);
        co_return fail(ReloadFault{*unusable});
    }
    state_ = "reloading";
    notify_reloading();
    auto replaced = co_await replace(std::move(*made));
    if (state_ == "reloading") {  // else it stops
        state_ = "running";
        notify_system("READY=1");
    }
    forget_finished();
    if (replaced) {
        log().event(Event::DaemonReloaded, current().number());
    } else {
        log().event(Event::DaemonReloadRefused, replaced.error().text);
    }
    co_return std::move(replaced);
}

/// With its listeners and log open, and nothing started.
Result<std::shared_ptr<Generation>, ReloadFault> Supervisor::make_generation(config::ConfigPointer config) {
    try {
        if (parent_.program.prepare != nullptr) parent_.program.prepare(*config, parent_.private_instance);
        auto listening = Listening::open(*config, parent_.program.protocols, listening_.get());
        std::shared_ptr<log::Sink> sink = log::open_sink(log_settings(*config, parent_.foreground),
                                                         {std::string(parent_.program.name), "", ::getpid()});
        return std::make_shared<Generation>(parent_, next_number_++, std::move(config), std::move(listening),
                                            std::move(sink));
    } catch (const ListenerError& e) {
        log().event(Event::ListenerFailed, config::name(e.protocol()), e.place(), e.what());
        return fail(ReloadFault{e.what()});
    } catch (const SystemError& e) {
        return fail(ReloadFault{e.what()});
    }
}

Task<Result<void, ReloadFault>> Supervisor::replace(std::shared_ptr<Generation> fresh) {
    const auto old = generations_.back();
    generations_.push_front(fresh);  // the last one stays the current until this one is ready
    fresh->start(*scope_, Replacement::beside);
    const auto until = async::after(kReadyTime);
    const bool ready = co_await all_ready(*fresh, Replacement::beside, until);
    if (state_ == "stopping") co_return fail(ReloadFault{"the daemon is stopping", true});
    if (!ready) {
        fresh->kill(Which::all());
        fresh->stop_listening();
        scope_->spawn(drain(fresh));
        co_return fail(ReloadFault{"the children of the new configuration do not start; the log says why"});
    }
    for (const auto key : config::need_restart(*config_, fresh->config())) log().event(Event::DaemonNeedsRestart, key);
    generations_.splice(generations_.end(), generations_, generations_.begin());
    take_over(*fresh);
    co_await replace_owners(*old, *fresh);
    old->retire(Which::all());
    old->stop_listening();
    scope_->spawn(drain(old));
    co_return Result<void, ReloadFault>();
}

void Supervisor::take_over(const Generation& fresh) {
    config_ = fresh.config_pointer();
    listening_ = fresh.listening();
    sink_ = fresh.sink();
    parent_.sink = sink_.get();
    server_.set_log(log());
    identity_ = identity_fingerprint(*config_);
}

/// One after the other: what they own has one owner at a time.
Task<void> Supervisor::replace_owners(Generation& old, Generation& fresh) {
    old.retire(Replacement::in_order);
    const auto until = async::after((*config_)[opt::daemon_stop_timeout]);
    const bool gone = co_await all_finished(old, Replacement::in_order, until);
    if (!gone) {
        old.kill(Replacement::in_order);
        const auto killed_until = async::after(kReadyTime);
        co_await all_finished(old, Replacement::in_order, killed_until);
    }
    fresh.start(*scope_, Replacement::in_order);
    const auto ready_until = async::after(kReadyTime);
    co_await all_ready(fresh, Replacement::in_order, ready_until);
}

/// Until the last session of the old generation has ended, by itself or by force.
Task<void> Supervisor::drain(std::shared_ptr<Generation> old) {
    const auto drain_until = async::after((*config_)[opt::daemon_drain_timeout]);
    const bool drained = co_await all_finished(*old, Which::all(), drain_until);
    if (!drained) {
        old->stop(Which::all());
        const auto stop_until = async::after((*config_)[opt::daemon_stop_timeout]);
        const bool stopped = co_await all_finished(*old, Which::all(), stop_until);
        if (!stopped) old->kill(Which::all());
        const auto kill_until = async::after(kReadyTime);
        co_await all_finished(*old, Which::all(), kill_until);
    }
    forget_finished();
}

}  // namespace md::daemon
