// tests/unit/daemon/instance_lock_test.cc - daemon/instance_lock.h

#include "daemon/instance_lock.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <thread>

#include "base/error.h"
#include "support/temporary_directory.h"

namespace md::daemon {
namespace {

TEST(InstanceLock, IsHeldByOneAndFreeAfterIt) {
    const test::TemporaryDirectory folder;
    auto first = lock_instance(folder / "lock");
    ASSERT_TRUE(first);
    EXPECT_FALSE(lock_instance(folder / "lock"));
    first.reset();
    EXPECT_TRUE(lock_instance(folder / "lock"));
}

TEST(InstanceLock, WaitsForAPredecessorThatIsJustEnding) {
    const test::TemporaryDirectory folder;
    auto first = lock_instance(folder / "lock");
    ASSERT_TRUE(first);
    std::thread ending([&] {
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
        first.reset();
    });
    EXPECT_TRUE(lock_instance(folder / "lock"));
    ending.join();
}

TEST(InstanceLock, OfAnotherInstanceIsAnother) {
    const test::TemporaryDirectory folder;
    const auto one = lock_instance(folder / "one");
    EXPECT_TRUE(one);
    EXPECT_TRUE(lock_instance(folder / "two"));
}

TEST(InstanceLock, IsNoLinkToAnothersFile) {
    const test::TemporaryDirectory folder;
    ASSERT_EQ(::symlink("/etc/passwd", (folder / "lock").c_str()), 0);
    try {
        (void)lock_instance(folder / "lock");
        FAIL() << "locked";
    } catch (const SystemError& error) {
        EXPECT_EQ(error.code(), ELOOP);
    }
}

}  // namespace
}  // namespace md::daemon
