// tests/unit/daemon/contain_test.cc - daemon/contain.h: which faults become a value, and which are a session's end

#include "daemon/contain.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <new>

#include "async/loop.h"
#include "base/error.h"
#include "net/disconnected.h"

namespace md::daemon {
namespace {

using async::Task;

template <class Thrown>
Task<void> throws(Thrown thrown) {
    co_await async::yield();
    throw thrown;
}

Task<void> goes_well() {
    co_await async::yield();
}

TEST(Contain, IsNullWhenAllWentWell) {
    async::Loop loop;
    EXPECT_EQ(loop.run(contain(goes_well())), nullptr);
}

TEST(Contain, AFaultOfThisMachineIsAValueWithAllItsDetail) {
    async::Loop loop;
    const auto fault = loop.run(contain(throws(SystemError("write", "/f", ENOSPC))));
    ASSERT_NE(fault, nullptr);
    try {
        std::rethrow_exception(fault);
    } catch (const SystemError& error) {
        EXPECT_EQ(error.code(), ENOSPC);
        EXPECT_EQ(error.path(), "/f");
    }
    EXPECT_NE(loop.run(contain(throws(std::bad_alloc()))), nullptr);
    EXPECT_NE(loop.run(contain(throws(std::logic_error("ours")))), nullptr);
}

TEST(Contain, TheEndOfTheSessionPassesThrough) {
    async::Loop loop;
    EXPECT_THROW((void)loop.run(contain(throws(async::Cancelled()))), async::Cancelled);
    const net::Disconnected over(nullptr, net::EndReason::closed);
    EXPECT_THROW((void)loop.run(contain(throws(over))), net::Disconnected);
}

}  // namespace
}  // namespace md::daemon
