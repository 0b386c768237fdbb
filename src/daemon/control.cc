// daemon/control.cc - the requests of the control socket; see supervisor.h and doc/formats/control.md

#include <unistd.h>

#include <utility>

#include "async/loop.h"
#include "base/strings.h"
#include "config.h"
#include "daemon/supervisor.h"

namespace md::daemon {

using async::Task;
using async::Wait;
using async::Woken;
using ipc::Json;
using ipc::Reply;

namespace {

constexpr auto kChangeTime = std::chrono::seconds(5);

Json done() {
    return Json().set("ok", true);
}

Json refused(std::string_view why) {
    return Json().set("ok", false).set("error", why);
}

}  // namespace

Task<Reply> Supervisor::control(ipc::Call call) {
    const auto request = Json::parse(call.payload).value_or(Json());
    const auto verb = request.text("request");
    auto answer = refused("unknown request");
    if (verb == "ping") {
        answer = done();
        answer.set("name", parent_.program.name).set("pid", ::getpid()).set("state", state_);
    } else if (verb == "status") {
        answer = status();
    } else if (verb == "stats") {
        answer = stats(request);
    } else if (verb == "stop") {
        stop_reason_ = "control";
        stop_wanted_.set();
        answer = done();
    } else if (verb == "reload") {
        answer = co_await reload_request();
    } else if (verb == "change") {
        answer = co_await change_request(request.text("what"));
    } else if (verb == "sessions") {
        answer = co_await sessions_request(request);
    } else if (verb == "kill") {
        answer = co_await kill_request(request);
    }
    co_return Reply(answer.dump());
}

Task<Json> Supervisor::reload_request() {
    const auto result = co_await reload();
    if (result) co_return done();
    if (result.error().of_time) co_return refused(result.error().text);
    auto faults = Json::array();
    for (const auto line : split(result.error().text, '\n'))
        if (!line.empty()) faults.add(line);
    auto answer = refused("the configuration was not taken");
    answer.set("faults", std::move(faults));
    co_return std::move(answer);
}

/// Answers when every child that runs acts on the change, or after kChangeTime.
Task<Json> Supervisor::change_request(std::string what) {
    const auto number = ++changes_;
    for (const auto& generation : generations_) generation->change(number, what);
    const auto until = async::after(kChangeTime);
    for (;;) {
        bool acted = true;
        for (const auto& generation : generations_) acted = acted && generation->acted(number);
        if (acted) co_return done();
        const auto woken = co_await Wait(parent_.changed, until);
        if (woken == Woken::timed_out) co_return refused("not every worker acts on it yet");
    }
}

Json Supervisor::status() const {
    Json answer = done();
    auto children = Json::array();
    unsigned workers = 0;
    unsigned restarts = 0;
    unsigned sessions = 0;
    for (const auto& generation : generations_) {
        for (const auto& child : generation->status()) {
            workers += child.pid != 0 && !child.retiring ? 1 : 0;
            restarts += child.restarts;
            sessions += child.sessions;
            const char* state = child.pid == 0   ? "waiting"
                                : child.retiring ? "draining"
                                : child.ready    ? "running"
                                                 : "starting";
            Json one;
            one.set("role", child.role).set("slot", child.slot).set("pid", child.pid).set("state", state);
            one.set("generation", generation->number()).set("sessions", child.sessions);
            one.set("restarts", child.restarts).set("uptime", child.uptime.count());
            children.add(std::move(one));
        }
    }
    const auto uptime = std::chrono::duration_cast<std::chrono::seconds>(async::Loop::current().now() - since_);
    answer.set("version", PACKAGE_VERSION).set("name", parent_.program.name).set("pid", ::getpid());
    answer.set("state", state_).set("uptime", uptime.count()).set("workers", workers).set("restarts", restarts);
    answer.set("sessions", sessions).set("children", std::move(children));
    return answer;
}

/// With what is so at the moment.
Json Supervisor::stats(const Json& request) const {
    auto answer = parent_.counters.answer(request);
    const auto now = status();
    auto gauges = Json::object();
    for (const char* name : {"sessions", "workers"}) gauges.set(name, now.integer(name));
    answer.set("gauges", std::move(gauges));
    return answer;
}

}  // namespace md::daemon
