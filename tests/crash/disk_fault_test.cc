// tests/crash/disk_fault_test.cc - a full, failing or read-only disk at every step: an error to the caller, nothing
// half, and then on again

#include <cerrno>

#include "crash/tally.h"

namespace md::test::crash {
namespace {

void refuse_every_step(int code, const char* family, std::uint64_t offset) {
    Tally tally(family);
    const auto steps = steps_of_day();
    for (std::uint64_t step = 1; step <= steps; ++step) {
        if (!is_chosen(step + offset, 17)) continue;
        tally.step();
        for (const bool lasting : {false, true}) {
            if (lasting == (step % 2 == 0) && !long_tests() && !only_run()) continue;
            FaultRun run;
            run.step = step;
            run.code = code;
            run.lasting = lasting;
            tally.run(run);
        }
    }
    tally.judge();
}

TEST(DiskFault, Full) {
    refuse_every_step(ENOSPC, "full disk", 0);
}
TEST(DiskFault, Failing) {
    refuse_every_step(EIO, "failing disk", 1);
}
TEST(DiskFault, ReadOnly) {
    refuse_every_step(EROFS, "read-only disk", 2);
}

/// A sync that fails once, and good ones after it: what it was to bring to disk is written anew.
TEST(DiskFault, OneSyncOfTheBatchFails) {
    Tally tally("one failed sync");
    for (std::uint64_t number = 1; number <= 6; ++number) {
        tally.step();
        FaultRun run;
        run.batch_sync = number;
        run.code = EIO;
        tally.run(run);
    }
    tally.judge();
}

}  // namespace
}  // namespace md::test::crash
