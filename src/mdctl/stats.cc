// mdctl/stats.cc - `mdctl stats`: what the daemons have counted
//
// CONTRACT
//   One name and one value a line, sorted: "smtp.connections 12". Names ending in "_now" are gauges; "smtp.since" says
//   from when on the daemon's counters count. A daemon that does not run has no rows, and standard error names it. One
//   that answers with a fault is the verb's outcome, behind the rows of the others.
// FORMAT
//   doc/formats/control.md: "stats"

#include <algorithm>
#include <array>
#include <chrono>
#include <iostream>
#include <map>
#include <set>
#include <thread>
#include <utility>

#include "base/clock.h"
#include "base/files.h"
#include "base/ids.h"
#include "base/strings.h"
#include "config/value.h"
#include "log/counter.h"
#include "mdctl/control.h"
#include "mdctl/refusals.h"
#include "spool/spool.h"

namespace md::mdctl {

namespace {

using namespace std::chrono_literals;
using ipc::Json;

constexpr auto kAnswerTime = 5s;
constexpr std::int64_t kWatchStep = 2;  ///< seconds

using Rows = std::map<std::string, Json>;

struct Wanted {
    std::vector<log::Counting> daemons;
    Json question = Json().set("request", "stats");
};

/// "2h" ago, a time, or "start".
Result<std::string, Complaint> since_of(const std::string& text) {
    if (text == "start") return text;
    if (const auto time = parse_rfc3339(text)) return rfc3339(*time);
    const auto ago = config::parse_duration(text);
    if (!ago) return fail(not_a("time", text, "2h or 2026-01-31T08:00:00Z"));
    return rfc3339(real_clock().now() - *ago);
}

Result<Wanted, Complaint> wanted_of(const Request& request) {
    Wanted out;
    const auto daemon = request.value("--daemon");
    for (const auto& one : log::who_counts())
        if (!daemon || *daemon == one.daemon || *daemon == one.prefix) out.daemons.push_back(one);
    if (out.daemons.empty()) return fail(not_a("daemon", *daemon, "mdsmtpd"));
    if (const auto since = request.value("--since")) {
        const auto time = since_of(*since);
        if (!time) return fail(time.error());
        out.question.set("since", *time);
    }
    return out;
}

Result<std::chrono::seconds, Complaint> step_of(const Request& request) {
    const auto text = request.value("--watch").value_or("");
    if (text.empty()) return std::chrono::seconds(kWatchStep);
    const auto seconds = parse_number<std::uint32_t>(text);
    if (!seconds || *seconds < 1 || *seconds > 86'400) return fail(not_a("number of seconds", text, "5"));
    return std::chrono::seconds(*seconds);
}

Outcome add_rows(const log::Counting& who, const Json& answer, Rows& rows) {
    if (const auto known = answer.text("known_since"); !known.empty())
        return fail(Complaint{Exit::not_there, std::string(who.daemon) +
                                                   " remembers what it counted in the last day, since " + known +
                                                   "; --since start is all that it has counted"});
    const auto prefix = std::string(who.prefix) + ".";
    rows.emplace(prefix + "since", answer.text("since"));
    if (const auto* values = answer.find("counters")) {
        for (const auto& row : log::counters()) {
            const auto* value = values->find(row.name);  // an older daemon that still runs does not have each
            if (value != nullptr && (row.daemons & who.bit) != 0) rows.emplace(prefix + std::string(row.name), *value);
        }
    }
    if (const auto* gauges = answer.find("gauges"))
        for (const auto& [name, value] : gauges->members()) rows.emplace(prefix + name + "_now", value);
    return {};
}

/// How many messages lie in a queue; a message is two files.
std::size_t size_of_queue(const std::string& path) {
    auto& files = real_files();
    std::size_t size = 0;
    for (const auto& folder : files.list(path).value_or(std::vector<std::string>{})) {
        std::set<QueueId> ids;
        for (const auto& name : files.list(path + "/" + folder).value_or(std::vector<std::string>{}))
            if (const auto id = QueueId::parse(std::string_view(name).substr(0, name.find('.')))) ids.insert(*id);
        size += ids.size();
    }
    return size;
}

void add_queue_sizes(const config::Config& config, Rows& rows) {
    const auto& spool = config[config::opt::paths_spool];
    for (const auto& queue : real_files().list(spool).value_or(std::vector<std::string>{}))
        if (spool::is_state_name(queue)) rows.emplace("queue." + queue + "_now", size_of_queue(spool + "/" + queue));
}

struct Seen {
    Rows rows;
    std::string down;  ///< names of the daemons that do not run
    Outcome outcome;   ///< the first fault; the rows of the others are there all the same
};

Seen look(const config::Config& config, const Wanted& wanted) {
    Seen seen;
    const auto note = [&seen](const Outcome& outcome) {
        if (seen.outcome && !outcome) seen.outcome = outcome;
    };
    for (const auto& who : wanted.daemons) {
        const auto answer = control(config, who.daemon, wanted.question, kAnswerTime);
        if (answer) {
            note(add_rows(who, *answer, seen.rows));
            if (who.daemon == "mdqueue") add_queue_sizes(config, seen.rows);
        } else if (answer.error().code == Exit::no_daemon) {
            seen.down += (seen.down.empty() ? "" : ", ") + std::string(who.daemon);
        } else {
            note(fail(answer.error()));
        }
    }
    if (seen.rows.empty() && seen.outcome)
        seen.outcome = fail(Complaint{Exit::no_daemon, seen.down + ": not running; `mdctl start` starts the daemons"});
    return seen;
}

void tell_of(const std::string& down) {
    if (!down.empty()) std::cerr << "mdctl: " << down << ": not running, without rows here\n";
}

std::string text_of(const Json& value) {
    if (const auto number = value.as_integer()) return std::to_string(*number);
    return value.as_text().value_or("");
}

void show(Context& context, const Rows& rows) {
    Json document = Json::object();
    std::string text;
    for (const auto& [name, value] : rows) {
        document.set(name, value);
        text += name + " " + text_of(value) + "\n";
    }
    context.print(document, text);
}

/// What is otherwise than before, with the difference. A row that was not there counts from 0.
void show_changes(Context& context, const Rows& before, const Rows& rows) {
    Json document = Json().set("time", rfc3339(real_clock().now()));
    std::string text;
    for (const auto& [name, value] : rows) {
        const auto old = before.find(name);
        if (old != before.end() && old->second == value) continue;
        document.set(name, value);
        text += name + " " + text_of(value);
        if (const auto number = value.as_integer()) {
            const auto more = *number - (old == before.end() ? 0 : old->second.as_integer().value_or(0));
            text += (more < 0 ? " " : " +") + std::to_string(more);
        }
        text += "\n";
    }
    if (text.empty()) return;
    context.print_raw(context.json() ? document.dump() + "\n" : text);
}

Outcome watch(Context& context, const config::Config& config, const Wanted& wanted, std::chrono::seconds step) {
    Rows before;
    std::string told;
    for (;;) {
        auto seen = look(config, wanted);
        if (!seen.outcome && (before.empty() || seen.outcome.error().code != Exit::no_daemon)) return seen.outcome;
        if (seen.down != std::exchange(told, seen.down)) tell_of(seen.down);
        show_changes(context, before, seen.rows);
        for (auto& [name, value] : seen.rows) before[name] = std::move(value);
        std::this_thread::sleep_for(step);
    }
}

Outcome stats(Context& context, const Request& request) {
    auto wanted = wanted_of(request);
    if (!wanted) return fail(wanted.error());
    const auto step = step_of(request);
    if (!step) return fail(step.error());
    const auto config = context.config_despite_faults();
    if (!config) return fail(config.error());
    if (request.has("--watch")) {
        if (request.has("--reset")) return fail(Complaint{Exit::usage, "--watch and --reset do not go together"});
        if (request.value("--since").value_or("start") != "start")  // the time would be too long ago some day
            return fail(Complaint{Exit::usage, "--watch goes with --since start, and with no other --since"});
        return watch(context, **config, *wanted, *step);
    }
    if (request.has("--reset")) wanted->question.set("reset", true);
    const auto seen = look(**config, *wanted);
    if (!seen.rows.empty()) {
        show(context, seen.rows);
        tell_of(seen.down);
    }
    return seen.outcome;
}

constexpr std::array kFlags{
    Flag{"--daemon", "NAME", "only of this daemon"},
    Flag{"--since", "T",
         "what was counted since then: a while ago such as 2h, or a time in UTC, to the minute and for a day back; or "
         "start, since the daemon started"},
    Flag{"--watch", "[SECONDS]",
         "goes on, and shows what changes, every 2 seconds or as many as said; of --since only with start"},
    Flag{"--reset", "", "after this answer, what is shown without --since counts from now on"},
};

constexpr std::array kVerbs{
    Verb{"stats",
         "",
         {},
         kFlags,
         "Shows what the daemons have counted, a name and a value a line, as mdmail-stats(7) explains them: since they "
         "started, or were told to begin anew by --reset.",
         stats},
};

}  // namespace

std::span<const Verb> stats_verbs() {
    return kVerbs;
}

}  // namespace md::mdctl
