// tests/crash/tally.h - the runs of one family, their findings shown as failures and their counts as one line at the
// end
#pragma once

#include <gtest/gtest.h>

#include <cstdio>
#include <string>

#include "crash/runs.h"

namespace md::test::crash {

class Tally {
  public:
    explicit Tally(std::string family) : family_(std::move(family)) {}
    ~Tally() {
        const auto n = [](std::uint64_t value) -> unsigned long long { return value; };
        const auto& t = totals_;
        std::printf(
            "%s: %llu runs at %llu steps, %llu orders tried, %llu acts refused, %llu messages acknowledged, %llu lost, "
            "%llu doubled, %llu half, %llu numbers twice or back, %llu other findings; %llu relayed, of which %llu "
            "came "
            "again after a 250 that was not on disk\n",
            family_.c_str(), n(t.runs), n(t.steps), n(t.orders), n(refused_), n(t.acknowledged), n(t.lost),
            n(t.doubled), n(t.halves), n(t.numbers_twice), n(t.other), n(t.relayed), n(t.twice));
    }
    Tally(const Tally&) = delete;
    Tally& operator=(const Tally&) = delete;

    void step() { ++totals_.steps; }
    template <class Run>
    void run(const Run& run, bool order = false) {
        if (only_run() && *only_run() != run.name()) return;
        auto found = do_run(run);
        if (order) ++found.totals.orders;
        totals_ += found.totals;
        refused_ += found.refused;
        if (found.faults.empty()) return;
        if (++bad_ > kShown) return;
        std::string text;
        for (const auto& fault : found.faults) text += "\n  " + fault;
        ADD_FAILURE() << run.name() << " (" << found.where << ")" << text;
    }
    void judge() const { EXPECT_EQ(bad_, 0U) << "runs with findings"; }

  private:
    static constexpr std::size_t kShown = 10;

    std::string family_;
    Totals totals_;
    std::uint64_t refused_ = 0;
    std::size_t bad_ = 0;
};

}  // namespace md::test::crash
