// tests/crash/disk_fault_test.cc - a full, failing or read-only disk at every step: an error to the caller, nothing
// half, and then on again

#include <gtest/gtest.h>

#include <cerrno>
#include <cstdio>

#include "crash/runs.h"

namespace md::test::crash {
namespace {

constexpr std::size_t kShown = 12;

void fail_everywhere(int code, const char* what) {
    const auto steps = steps_of_day(false);
    Totals totals;
    std::uint64_t refused = 0;
    std::size_t shown = 0;
    for (std::uint64_t step = 1; step <= steps; ++step)
        for (const bool lasting : {false, true}) {
            if (lasting == (step % 2 == 0) && !long_tests() && !only_run()) continue;
            FaultRun run;
            run.step = step;
            run.code = code;
            run.lasting = lasting;
            if (only_run() && *only_run() != run.name()) continue;
            const auto found = do_run(run);
            totals += found.totals;
            refused += found.refused;
            for (const auto& fault : found.faults)
                if (++shown <= kShown) ADD_FAILURE() << fault;
        }
    const auto n = [](std::uint64_t value) -> unsigned long long { return value; };
    std::printf(
        "%s: %llu runs, %llu acts refused, %llu messages acknowledged, %llu lost, %llu doubled, %llu half, "
        "%llu numbers twice or back, %llu other findings\n",
        what, n(totals.runs), n(refused), n(totals.acknowledged), n(totals.lost), n(totals.doubled), n(totals.halves),
        n(totals.numbers_twice), n(totals.other));
    EXPECT_EQ(shown, 0U) << "findings in all";
}

TEST(DiskFault, Full) {
    fail_everywhere(ENOSPC, "full disk");
}
TEST(DiskFault, Failing) {
    fail_everywhere(EIO, "failing disk");
}
TEST(DiskFault, ReadOnly) {
    fail_everywhere(EROFS, "read-only disk");
}

}  // namespace
}  // namespace md::test::crash
