// tests/unit/store/shared_sync_test.cc - store/shared_sync.h: who shares a sync, and who hears of its failure

#include "store/shared_sync.h"

#include <gtest/gtest.h>

#include <atomic>
#include <latch>
#include <stdexcept>
#include <thread>
#include <vector>

namespace md::store::test {

TEST(SharedSyncTest, CallsThatComeWhileOneRunsShareTheNext) {
    SharedSync shared;
    std::latch begun(1);
    std::latch others_wait(3);
    std::atomic<int> syncs{0};
    std::thread first([&] {
        shared.run([&] {
            begun.count_down();
            others_wait.wait();
            std::this_thread::sleep_for(std::chrono::milliseconds(50));
            ++syncs;
        });
    });
    begun.wait();
    std::vector<std::thread> others;
    for (int i = 0; i < 3; ++i)
        others.emplace_back([&] {
            others_wait.count_down();
            shared.run([&] { ++syncs; });
        });
    first.join();
    for (auto& other : others) other.join();
    EXPECT_GE(syncs, 2);
    EXPECT_LE(syncs, 4);
}

TEST(SharedSyncTest, AFailureIsHeardByAllWhoSharedItWhateverFollows) {
    for (int round = 0; round < 300; ++round) {
        SharedSync shared;
        std::latch begun(1);
        std::latch waiting(2);
        const auto failing = [] { throw std::runtime_error("EIO"); };
        std::thread first([&] {
            shared.run([&] {
                begun.count_down();
                waiting.wait();
            });
        });
        begun.wait();
        std::atomic<int> heard{0};
        const auto wait_and_fail = [&](int times) {
            waiting.count_down();
            for (int i = 0; i < times; ++i) {
                try {
                    shared.run(failing);
                } catch (const std::runtime_error&) {
                    ++heard;
                }
            }
        };
        std::thread second([&] { wait_and_fail(3); });
        std::thread third([&] { wait_and_fail(1); });
        first.join();
        second.join();
        third.join();
        ASSERT_EQ(heard, 4);
    }
}

}  // namespace md::store::test
