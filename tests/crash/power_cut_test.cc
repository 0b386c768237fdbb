// tests/crash/power_cut_test.cc - the power goes at every step of a day: nothing acknowledged is lost, doubled or half
//
// Each family ends with its counts: steps cut, orders tried, messages acknowledged, lost, doubled.

#include "crash/tally.h"

namespace md::test::crash {
namespace {

/// Among those of one step the extremes of lossy_restart.cc, one after another, and then chance.
std::uint64_t seed_of(std::uint64_t step, std::uint64_t order) {
    return order % 2 == 0 ? (step / 3 + order) % 5 : step * 100 + order;
}

Cut where_of(std::uint64_t number) {
    return number % 2 == 0 ? Cut::before : Cut::halfway;
}

bool thorough() {
    return long_tests() || only_run().has_value();
}

TEST(PowerCut, TheDayPassesUndisturbed) {
    CutRun run;
    run.step = UINT32_MAX;
    const auto found = do_run(run);
    for (const auto& fault : found.faults) ADD_FAILURE() << fault;
    EXPECT_EQ(found.totals.acknowledged, 17U) << "fifteen of the day and two of the mornings";
    EXPECT_EQ(found.totals.relayed, 10U)
        << "three, seven to two, both, far to two, mixed, one report, two of the mornings";
    EXPECT_EQ(found.totals.twice, 0U);
}

TEST(PowerCut, WhatWasNotSyncedIsForgotten) {
    Tally tally("forgetful disk");
    const auto steps = steps_of_day();
    for (std::uint64_t step = 1; step <= steps; ++step) {
        if (!is_chosen(step, 17)) continue;
        tally.step();
        for (const auto where : {Cut::before, Cut::halfway}) {
            if (where != where_of(step / 2) && !thorough()) continue;
            CutRun run;
            run.step = step;
            run.where = where;
            for (const bool ext4 : {false, true}) {
                if (ext4 == (step % 2 == 0) && !thorough()) continue;
                run.ext4 = ext4;
                tally.run(run);
            }
        }
    }
    tally.judge();
}

TEST(PowerCut, AnySubsetOfItSurvives) {
    Tally tally("disk that keeps any subset");
    const auto steps = steps_of_day();
    const std::uint64_t orders = thorough() ? 40 : 1;
    for (std::uint64_t step = 1; step <= steps; ++step) {
        if (!is_chosen(step, 7)) continue;
        tally.step();
        for (std::uint64_t order = 0; order < orders; ++order) {
            CutRun run;
            run.step = step;
            run.where = where_of(step + order);
            run.mode = Restart::any_subset;
            run.seed = seed_of(step, step + order);
            run.ext4 = order % 5 == 4;
            tally.run(run, true);
        }
    }
    tally.judge();
}

TEST(PowerCut, TheProcessesAreKilled) {
    Tally tally("killed processes");
    const auto steps = steps_of_day();
    for (std::uint64_t step = 1; step <= steps; ++step) {
        if (!is_chosen(step + 1, 17)) continue;
        tally.step();
        CutRun run;
        run.step = step;
        run.where = where_of(step / 3);
        run.mode = Restart::process;
        tally.run(run);
    }
    tally.judge();
}

/// What its host has taken comes again once where nobody heard the 250, and not at all where there was none.
TEST(PowerCut, ARelayChildIsKilled) {
    Tally tally("killed relay children");
    const auto transactions = transactions_of_day();
    EXPECT_GE(transactions, 9U) << "two of them deferred";
    for (std::uint64_t number = 1; number <= transactions; ++number) {
        tally.step();
        for (const auto when : {Killed::before_the_250, Killed::after_the_250}) {
            ChildRun run;
            run.transaction = number;
            run.when = when;
            tally.run(run);
        }
    }
    tally.judge();
}

TEST(PowerCut, AgainWhileItIsMended) {
    Tally tally("cut again in the replay");
    const auto steps = steps_of_day();
    const std::uint64_t seconds = thorough() ? 30 : 1;
    for (std::uint64_t step = 1; step <= steps; ++step) {
        if (!is_chosen(step + 5, 17)) continue;
        tally.step();
        for (std::uint64_t number = 0; number < seconds; ++number) {
            CutRun run;
            run.step = step;
            run.second_step = 1 + (thorough() ? number * 5 + step % 5 : step * 7 % 120);
            run.where = where_of(step + number);
            run.mode = (step + number) % 4 == 0 ? Restart::forget : Restart::any_subset;
            run.seed = seed_of(step, step + number);
            tally.run(run, true);
        }
    }
    tally.judge();
}

}  // namespace
}  // namespace md::test::crash
