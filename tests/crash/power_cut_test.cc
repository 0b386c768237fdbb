// tests/crash/power_cut_test.cc - the power goes at every step of a day: nothing acknowledged is lost, doubled or half
//
// The last lines give the counts: steps cut, orders tried, messages acknowledged, lost, doubled.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>

#include "crash/runs.h"

namespace md::test::crash {
namespace {

constexpr std::size_t kShown = 12;

class Tally {
  public:
    explicit Tally(std::string what) : what_(std::move(what)) {}
    ~Tally() {
        const auto& t = totals_;
        std::printf(
            "%s: %llu runs, %llu steps cut, %llu orders tried, %llu messages acknowledged, %llu lost, %llu doubled, "
            "%llu half, %llu numbers twice or back, %llu other findings\n",
            what_.c_str(), n(t.runs), n(t.steps), n(t.orders), n(t.acknowledged), n(t.lost), n(t.doubled), n(t.halves),
            n(t.numbers_twice), n(t.other));
    }
    Tally(const Tally&) = delete;
    Tally& operator=(const Tally&) = delete;

    void step() { ++totals_.steps; }
    void run(const CutRun& run) {
        if (only_run() && *only_run() != run.name()) return;
        auto found = do_run(run);
        if (run.mode == Restart::any_subset) ++found.totals.orders;
        totals_ += found.totals;
        for (const auto& fault : found.faults)
            if (++shown_ <= kShown) ADD_FAILURE() << fault;
        if (shown_ > kShown) failed_ += found.faults.empty() ? 0 : 1;
    }
    void judge() const { EXPECT_EQ(shown_, 0U) << "findings in all; runs not shown: " << failed_; }

  private:
    static unsigned long long n(std::uint64_t value) { return value; }

    std::string what_;
    Totals totals_;
    std::size_t shown_ = 0;
    std::size_t failed_ = 0;
};

Cut where_of(std::uint64_t number) {
    return number % 2 == 0 ? Cut::before : Cut::halfway;
}

TEST(PowerCut, TheDayPassesUndisturbed) {
    CutRun run;
    run.step = UINT32_MAX;
    const auto found = do_run(run);
    for (const auto& fault : found.faults) ADD_FAILURE() << fault;
    EXPECT_EQ(found.totals.acknowledged, 13U) << "eleven of the day and two of the mornings";
}

TEST(PowerCut, WhatWasNotSyncedIsForgotten) {
    Tally tally("forgetful disk");
    const auto steps = steps_of_day(false);
    for (std::uint64_t step = 1; step <= steps; ++step) {
        tally.step();
        for (const auto where : {Cut::before, Cut::halfway}) {
            if (where != where_of(step) && !long_tests() && !only_run()) continue;
            CutRun run;
            run.step = step;
            run.where = where;
            tally.run(run);
            run.ext4 = true;
            if (long_tests() || only_run()) tally.run(run);
        }
    }
    tally.judge();
}

TEST(PowerCut, AnySubsetOfItSurvives) {
    Tally tally("disk that keeps any subset");
    const auto steps = steps_of_day(false);
    const std::uint64_t orders = long_tests() || only_run() ? 40 : 2;
    for (std::uint64_t step = 1; step <= steps; ++step) {
        tally.step();
        for (std::uint64_t order = 0; order < orders; ++order) {
            CutRun run;
            run.step = step;
            run.where = where_of(step + order);
            run.mode = Restart::any_subset;
            run.seed = orders > 2 ? order : (step * orders + order) % 17;
            run.ext4 = order % 5 == 4;
            tally.run(run);
        }
    }
    tally.judge();
}

TEST(PowerCut, TheProcessesAreKilled) {
    Tally tally("killed processes");
    const auto steps = steps_of_day(false);
    for (std::uint64_t step = 1; step <= steps; ++step) {
        tally.step();
        CutRun run;
        run.step = step;
        run.where = where_of(step);
        run.mode = Restart::process;
        tally.run(run);
    }
    tally.judge();
}

TEST(PowerCut, AgainWhileItIsMended) {
    Tally tally("cut again in the replay");
    const auto steps = steps_of_day(false);
    const std::uint64_t seconds = long_tests() || only_run() ? 30 : 1;
    for (std::uint64_t step = 1; step <= steps; ++step) {
        tally.step();
        for (std::uint64_t number = 0; number < seconds; ++number) {
            CutRun run;
            run.step = step;
            run.second_step = 1 + (seconds > 1 ? number * 4 : step * 7 % 90);
            run.where = where_of(step + number);
            run.mode = (step + number) % 3 == 0 ? Restart::forget : Restart::any_subset;
            run.seed = (step + number) % 13;
            tally.run(run);
        }
    }
    tally.judge();
}

}  // namespace
}  // namespace md::test::crash
