// tests/crash/runs.h - one day of scenario.h, cut or disturbed at one place, and what was found afterwards
//
// CONTRACT
//   A run's name leads back to it: MDMAIL_CRASH_RUN=NAME makes the tests do that run alone. MDMAIL_LONG=1 does all of
//   them, else an even selection that is the same each time.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "crash/scenario.h"

namespace md::test::crash {

struct CutRun {
    std::uint64_t step = 0;  ///< of the day, from 1
    Cut where = Cut::before;
    Restart mode = Restart::forget;
    std::uint64_t seed = 0;
    std::uint64_t second_step = 0;  ///< of the morning after, cut again there; 0: not
    bool ext4 = false;

    [[nodiscard]] std::string name() const;
};

struct FaultRun {
    std::uint64_t step = 0;
    int code = 0;
    bool lasting = false;          ///< until the end of the day; else once
    std::uint64_t batch_sync = 0;  ///< instead of a step: the sync of a file system of that number, from 1

    [[nodiscard]] std::string name() const;
};

/// The relay child dies at one transaction with another site; the manager lives on.
struct ChildRun {
    std::uint64_t transaction = 0;  ///< of the day, from 1
    Killed when = Killed::never;

    [[nodiscard]] std::string name() const;
};

struct Found {
    Totals totals;
    std::string where;  ///< the act and the step at which the run was cut or first refused
    std::vector<std::string> faults;
    std::uint64_t refused = 0;  ///< acts that got an error
};

/// Steps of an undisturbed day.
[[nodiscard]] std::uint64_t steps_of_day();
/// ... and its transactions with other sites.
[[nodiscard]] std::uint64_t transactions_of_day();

[[nodiscard]] Found do_run(const CutRun& run);
[[nodiscard]] Found do_run(const FaultRun& run);
[[nodiscard]] Found do_run(const ChildRun& run);

[[nodiscard]] bool long_tests();
/// Whether this step of a family belongs to the runs to be done: one in `every`, or all.
[[nodiscard]] bool is_chosen(std::uint64_t step, std::uint64_t every);
[[nodiscard]] std::optional<std::string> only_run();

}  // namespace md::test::crash
