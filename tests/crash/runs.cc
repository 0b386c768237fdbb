// tests/crash/runs.cc - see runs.h

#include "crash/runs.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <exception>

namespace md::test::crash {

namespace {

LossyOptions options(bool ext4) {
    LossyOptions options;
    options.sync_commits_new_name = ext4;
    return options;
}

/// With MDMAIL_CRASH_TRACE=1 a single run shows each of its steps.
void show_steps(Machine& machine) {
    if (!only_run() || std::getenv("MDMAIL_CRASH_TRACE") == nullptr) return;
    machine.files.trace([](std::uint64_t step, const std::string& what) {
        std::printf("%llu %s\n", static_cast<unsigned long long>(step), what.c_str());
    });
}

/// Runs `body` with programs that a cut takes with it. Anything else that is thrown is a finding of its own.
template <class Body>
void live(Machine& machine, const std::string& during, const Body& body) {
    try {
        Programs programs(machine);
        body(programs);
    } catch (const PowerCut&) {
    } catch (const std::exception& error) {
        machine.ledger.fault(&Totals::other, during + ": " + error.what() + " at " + machine.files.last_step());
    }
}

void live_the_morning(Machine& machine, const std::string& marker) {
    live(machine, marker, [&](Programs& programs) { morning_after(programs, marker); });
}

Found findings(Machine& machine, const std::string& where) {
    machine.ledger.count_acknowledged();
    Found found;
    found.totals = machine.ledger.totals();
    found.totals.runs = 1;
    found.where = where;
    for (const auto& fault : machine.ledger.faults())
        if (std::ranges::find(found.faults, fault) == found.faults.end()) found.faults.push_back(fault);
    return found;
}

std::string errno_name(int code) {
    switch (code) {
        case ENOSPC: return "ENOSPC";
        case EIO: return "EIO";
        case EROFS: return "EROFS";
        default: return std::to_string(code);
    }
}

}  // namespace

std::string CutRun::name() const {
    const char* modes[] = {"forget", "any", "process"};
    return "cut-" + std::to_string(step) + (where == Cut::before ? "-before-" : "-halfway-") +
           modes[static_cast<std::size_t>(mode)] + "-" + std::to_string(seed) +
           (second_step != 0 ? "-then-" + std::to_string(second_step) : "") + (ext4 ? "-ext4" : "");
}

std::string FaultRun::name() const {
    if (batch_sync != 0) return "sync-" + std::to_string(batch_sync) + "-" + errno_name(code);
    return "fault-" + std::to_string(step) + "-" + errno_name(code) + (lasting ? "-lasting" : "-once");
}

std::string ChildRun::name() const {
    return "child-" + std::to_string(transaction) + (when == Killed::before_the_250 ? "-before" : "-after");
}

std::uint64_t steps_of_day() {
    Machine machine(options(false));
    const auto before = machine.files.steps();
    Programs programs(machine);
    for (const auto& act : day()) act.run(programs);
    return machine.files.steps() - before;
}

std::uint64_t transactions_of_day() {
    Machine machine(options(false));
    Programs programs(machine);
    for (const auto& act : day()) act.run(programs);
    return machine.sites.transactions();
}

Found do_run(const CutRun& run) {
    Machine machine(options(run.ext4));
    show_steps(machine);
    machine.files.cut_at(machine.files.steps() + run.step, run.where);
    std::string during;
    live(machine, "day", [&](Programs& programs) {
        for (const auto& act : day()) {
            during = act.name;
            act.run(programs);
        }
    });
    const auto where = during + ", " + machine.files.last_step();
    machine.restart(run.mode, run.seed);
    if (run.second_step != 0) {
        machine.files.cut_at(machine.files.steps() + run.second_step, run.where);
        live_the_morning(machine, "morning");
        machine.restart(run.mode, run.seed + 1'000);
    }
    live_the_morning(machine, "after");
    machine.restart(Restart::forget, 0);  // what was settled stays so without any program's help
    live_the_morning(machine, "next");
    return findings(machine, where);
}

Found do_run(const FaultRun& run) {
    auto journaling = options(false);
    // Such a file system either stops for good or brings the names with its next transaction; data it forgets as every
    // other does.
    journaling.failed_directory_sync_is_final = false;
    Machine machine(journaling);
    show_steps(machine);
    if (run.batch_sync != 0)
        machine.files.fail({[](Operation what, const auto&) { return what == Operation::sync_filesystem; }, run.code,
                            run.batch_sync - 1, 1});
    else
        machine.files.fail_at_step(machine.files.steps() + run.step, run.code, run.lasting ? UINT64_MAX : 1);
    std::uint64_t refused = 0;
    std::string where;
    live(machine, "day", [&](Programs& programs) {
        for (const auto& act : day()) try {
                act.run(programs);
            } catch (const SystemError& error) {
                if (++refused == 1) where = act.name + ", " + error.what();
            }
        machine.files.mend();
        morning_after(programs, "mended");  // the same programs, as in a daemon that goes on
    });
    machine.restart(Restart::forget, 0);
    live_the_morning(machine, "next");
    auto found = findings(machine, where);
    found.refused = refused;
    return found;
}

Found do_run(const ChildRun& run) {
    Machine machine(options(false));
    show_steps(machine);
    machine.sites.kill_at(run.transaction, run.when);
    live(machine, "day", [&](Programs& programs) {
        for (const auto& act : day()) act.run(programs);
        morning_after(programs, "evening");
    });
    machine.restart(Restart::forget, 0);
    live_the_morning(machine, "next");
    return findings(machine, "transaction " + std::to_string(run.transaction));
}

bool long_tests() {
    const auto* value = std::getenv("MDMAIL_LONG");
    return value != nullptr && std::string(value) == "1";
}

bool is_chosen(std::uint64_t step, std::uint64_t every) {
    return long_tests() || only_run() || step % every == 0;
}

std::optional<std::string> only_run() {
    const auto* value = std::getenv("MDMAIL_CRASH_RUN");
    if (value == nullptr || *value == '\0') return std::nullopt;
    return value;
}

}  // namespace md::test::crash
