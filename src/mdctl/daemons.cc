// mdctl/daemons.cc - `mdctl start`, `stop`, `restart`, `reload`, `status`
//
// CONTRACT
//   start leaves what runs alone and returns when every daemon serves, or says which does not and why. stop returns
//   when all processes have ended. On an installed system under systemd both go through its units; a private instance
//   is started by us. Those who start, stop or restart one instance do so one after the other: else a stop could leave
//   a daemon that another start has just made, which waits until the lock of the one before is free.

#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <thread>

#include "base/files.h"
#include "base/strings.h"
#include "config.h"
#include "daemon/instance_lock.h"
#include "mdctl/control.h"
#include "mdctl/process.h"

namespace md::mdctl {

namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr auto kStartTime = 20s;
constexpr auto kAnswerTime = 2s;
constexpr auto kLookAgain = 20ms;
constexpr auto kTurnTime = 60s;
constexpr auto kKillMargin = 5s;  // beyond daemon.stop_timeout, after which the parent kills what still runs
constexpr char kTarget[] = "mdmail.target";

bool under_systemd(const config::Config& config) {
    return !config[config::opt::daemon_private] && geteuid() == 0 && std::filesystem::exists("/run/systemd/system");
}

Outcome systemctl(const std::string& verb) {
    const int code = run_and_wait({"systemctl", verb, kTarget});
    if (code == 0) return {};
    return fail(Complaint{Exit::no_daemon,
                          "systemctl " + verb + " " + kTarget + " failed; `systemctl status 'mdmail@*'` tells why"});
}

Result<ipc::Json, Complaint> status_of(const config::Config& config, std::string_view daemon) {
    return control(config, daemon, ipc::Json().set("request", "status"), kAnswerTime);
}

/// A daemon that was started here and is waited for.
struct Started {
    std::string name;
    pid_t pid = 0;
    std::string output;
    std::streamoff told = 0;  ///< length of the output file before
};

std::string last_words(const Started& started) {
    std::ifstream file(started.output);
    file.seekg(started.told);
    std::string line;
    std::string last;
    while (std::getline(file, line))
        if (!trim(line).empty()) last = trim(line);
    return last.empty() ? "it said nothing; see " + started.output : printable(last, 400);
}

Result<Started, Complaint> start_one(const config::Config& config, const std::string& name) {
    const auto program = find_program(name);
    if (!program)
        return fail(Complaint{Exit::no_daemon,
                              "the program " + name + " is not there: not beside mdctl, nor in " MD_LIBEXECDIR});
    Started started{name, 0, config[config::opt::paths_log] + "/" + name + ".err", 0};
    std::error_code none;
    const auto size = std::filesystem::file_size(started.output, none);
    if (!none) started.told = static_cast<std::streamoff>(size);
    started.pid = start_detached({*program, "-c", config.file()}, started.output);
    return started;
}

/// What became of it so far: done when it serves, a complaint when it has ended, nothing yet else.
std::optional<Outcome> look_at(const config::Config& config, const Started& started) {
    if (const auto code = exit_code_of(started.pid)) {
        const auto exit = *code == static_cast<int>(Exit::configuration) ? Exit::configuration : Exit::no_daemon;
        return fail(Complaint{
            exit, started.name + " does not run (exit " + std::to_string(*code) + "): " + last_words(started)});
    }
    if (!runs(config, started.name)) return std::nullopt;
    const auto status = status_of(config, started.name);
    if (status && status->text("state") != "starting") return Outcome();
    return std::nullopt;
}

Outcome wait_until_served(const config::Config& config, const std::vector<Started>& all) {
    const auto deadline = Clock::now() + kStartTime;
    for (const auto& started : all) {
        for (;;) {
            const auto outcome = look_at(config, started);
            if (outcome && !*outcome) return *outcome;
            if (outcome) break;
            if (Clock::now() > deadline)
                return fail(Complaint{Exit::no_daemon, started.name + " does not answer after " +
                                                           std::to_string(kStartTime.count()) +
                                                           " s: " + last_words(started)});
            std::this_thread::sleep_for(kLookAgain);
        }
    }
    return {};
}

/// Held by who starts or stops; none under systemd, which has queues of its own, and where no daemon ever ran.
Result<std::optional<Fd>, Complaint> take_turn(const config::Config& config) {
    const auto& run = config[config::opt::paths_run];
    if (under_systemd(config) || !real_files().info(run)) return std::optional<Fd>();
    const auto deadline = Clock::now() + kTurnTime;
    do {
        if (auto turn = daemon::lock_instance(run + "/mdctl.lock")) return turn;
    } while (Clock::now() < deadline);
    return fail(Complaint{Exit::again, "another mdctl has been starting or stopping this instance for " +
                                           std::to_string(kTurnTime.count()) + " s; try again"});
}

/// The target is up even where a unit of it failed or was never enabled.
Outcome start_units(const config::Config& config) {
    if (auto started = systemctl("start"); !started) return started;
    for (const auto daemon : kDaemons) {
        if (runs(config, daemon)) continue;
        const auto unit = "mdmail@" + std::string(daemon);
        return fail(Complaint{Exit::no_daemon, std::string(daemon) + " does not run; `systemctl status " + unit +
                                                   "` tells why, `systemctl enable " + unit + "` has it started"});
    }
    return {};
}

Outcome start_daemons(const config::Config& config) {
    if (under_systemd(config)) return start_units(config);
    std::vector<Started> started;
    for (const auto daemon : kDaemons) {
        if (runs(config, daemon)) continue;
        auto one = start_one(config, std::string(daemon));
        if (!one) return fail(one.error());
        started.push_back(std::move(*one));
    }
    return wait_until_served(config, started);
}

struct Stopping {
    std::string_view name;
    pid_t pid;
};

/// Tells one to end; none: it does not run.
Result<std::optional<Stopping>, Complaint> tell_to_stop(const config::Config& config, std::string_view daemon) {
    if (!runs(config, daemon)) return std::optional<Stopping>();
    const auto status = status_of(config, daemon);
    if (!status) return fail(status.error());
    const auto told = control(config, daemon, ipc::Json().set("request", "stop"), kAnswerTime);
    // One that had no time left for an answer has ended all the same.
    if (!told && runs(config, daemon)) return fail(told.error());
    return std::optional(Stopping{daemon, static_cast<pid_t>(status->integer("pid"))});
}

Outcome stop_these(const config::Config& config, std::span<const std::string_view> daemons) {
    std::vector<Stopping> stopping;
    for (const auto daemon : daemons) {
        const auto one = tell_to_stop(config, daemon);
        if (!one) return fail(one.error());
        if (*one) stopping.push_back(**one);
    }
    const auto deadline = Clock::now() + config[config::opt::daemon_stop_timeout] + kKillMargin;
    for (const auto& daemon : stopping) {
        const auto left = std::max(0ms, std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()));
        if (daemon.pid > 0 && !wait_for_end(daemon.pid, left))
            return fail(Complaint{
                Exit::again, std::string(daemon.name) + " (process " + std::to_string(daemon.pid) + ") has not ended"});
    }
    return {};
}

Outcome stop_daemons(const config::Config& config) {
    if (under_systemd(config)) return systemctl("stop");
    // First those that serve clients: what they still accept is taken over by those that end after them.
    const std::span<const std::string_view> all(kDaemons);
    if (auto stopped = stop_these(config, all.subspan(2)); !stopped) return stopped;
    if (auto stopped = stop_these(config, all.subspan(1, 1)); !stopped) return stopped;
    return stop_these(config, all.first(1));
}

Outcome start(Context& context, const Request&) {
    const auto config = context.config();
    if (!config) return fail(config.error());
    const auto turn = take_turn(**config);
    if (!turn) return fail(turn.error());
    if (auto started = start_daemons(**config); !started) return started;
    context.say("all daemons run");
    return {};
}

Outcome stop(Context& context, const Request&) {
    const auto config = context.config_despite_faults();
    if (!config) return fail(config.error());
    const auto turn = take_turn(**config);
    if (!turn) return fail(turn.error());
    if (auto stopped = stop_daemons(**config); !stopped) return stopped;
    context.say("all daemons have ended");
    return {};
}

Outcome restart(Context& context, const Request&) {
    const auto config = context.config();
    if (!config) return fail(config.error());
    const auto turn = take_turn(**config);
    if (!turn) return fail(turn.error());
    if (auto stopped = stop_daemons(**config); !stopped) return stopped;
    if (auto started = start_daemons(**config); !started) return started;
    context.say("all daemons run");
    return {};
}

Outcome reload(Context& context, const Request&) {
    const auto config = context.config();
    if (!config) return fail(config.error());
    const bool any = std::any_of(kDaemons.begin(), kDaemons.end(), [&](auto daemon) { return runs(**config, daemon); });
    if (!any) return fail(Complaint{Exit::no_daemon, "no daemon runs; `mdctl start` starts them"});
    if (auto reloaded = reload_running(**config); !reloaded) return reloaded;
    context.say("all daemons act on " + context.config_path());
    return {};
}

/// Of a daemon that does not answer: all members, as one that does has them.
ipc::Json not_running(std::string_view daemon, std::string_view state) {
    return ipc::Json()
        .set("name", daemon)
        .set("pid", ipc::Json())
        .set("state", state)
        .set("uptime", 0)
        .set("workers", 0)
        .set("restarts", 0)
        .set("sessions", 0);
}

Outcome status(Context& context, const Request&) {
    const auto config = context.config_despite_faults();
    if (!config) return fail(config.error());
    auto daemons = ipc::Json::array();
    Table table{{"DAEMON", "STATE", "PID", "UPTIME", "WORKERS", "RESTARTS", "SESSIONS"}};
    std::string missing;
    for (const auto daemon : kDaemons) {
        auto answer = runs(**config, daemon) ? status_of(**config, daemon)
                                             : Result<ipc::Json, Complaint>(not_running(daemon, "stopped"));
        const auto row = answer ? std::move(*answer) : not_running(daemon, "silent");
        if (row.text("state") == "stopped" || row.text("state") == "silent")
            missing += (missing.empty() ? "" : ", ") + std::string(daemon);
        table.push_back({std::string(daemon), row.text("state"), std::to_string(row.integer("pid")),
                         std::to_string(row.integer("uptime")) + " s", std::to_string(row.integer("workers")),
                         std::to_string(row.integer("restarts")), std::to_string(row.integer("sessions"))});
        daemons.add(row);
    }
    if (context.json()) {
        context.print(ipc::Json().set("version", PACKAGE_VERSION).set("daemons", std::move(daemons)), "");
    } else {
        context.print_list(daemons, table);
    }
    if (missing.empty()) return {};
    return fail(Complaint{Exit::no, "these do not run: " + missing + "; `mdctl start` starts them"});
}

template <Outcome (*Run)(Context&, const Request&)>
constexpr Verb verb(std::string_view name, std::string_view prose) {
    return {name, "", {}, {}, prose, Run};
}

constexpr std::array kStart{
    verb<start>("start", "Starts the daemons that do not run, and returns when all of them serve.")};
constexpr std::array kStop{
    verb<stop>("stop", "Lets the daemons finish what they do, ends them, and returns when they have ended.")};
constexpr std::array kRestart{verb<restart>("restart", "Does what stop and then start do.")};
constexpr std::array kReload{
    verb<reload>("reload",
                 "Has the running daemons take the configuration over, without ending a session. With a "
                 "fault in it nothing changes.")};
constexpr std::array kStatus{
    verb<status>("status", "Shows each daemon: whether it runs, since when, its workers and sessions.")};

}  // namespace

std::span<const Verb> start_verbs() {
    return kStart;
}
std::span<const Verb> stop_verbs() {
    return kStop;
}
std::span<const Verb> restart_verbs() {
    return kRestart;
}
std::span<const Verb> reload_verbs() {
    return kReload;
}
std::span<const Verb> status_verbs() {
    return kStatus;
}

}  // namespace md::mdctl
