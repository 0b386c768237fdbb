// tests/unit/ipc/wake_test.cc - ipc/wake.h

#include "ipc/wake.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <thread>

#include "async/loop.h"
#include "support/temporary_directory.h"

namespace md::ipc {
namespace {

Wakes next(async::Loop& loop, WakeReceiver& receiver) {
    return loop.run(receiver.next(async::after(std::chrono::milliseconds(50))));
}

TEST(Wake, ReachesEveryReceiverOfTheFolder) {
    async::Loop loop;
    test::TemporaryDirectory folder;
    WakeReceiver first(folder / "imap-0");
    WakeReceiver second(folder / "pop3-0");
    WakeSender sender(folder.path());
    EXPECT_EQ(sender.send("box-1"), 2U);
    EXPECT_EQ(sender.send("box-2"), 2U);
    EXPECT_EQ(next(loop, first).texts, (std::vector<std::string>{"box-1", "box-2"}));
    const auto wakes = next(loop, second);
    EXPECT_EQ(wakes.texts.size(), 2U);
    EXPECT_FALSE(wakes.all);
    EXPECT_TRUE(next(loop, second).texts.empty());
}

TEST(Wake, FindsReceiversThatComeAndGo) {
    async::Loop loop;
    test::TemporaryDirectory folder;
    WakeSender sender(folder.path());
    EXPECT_EQ(sender.send("x"), 0U);
    {
        WakeReceiver receiver(folder / "a");
        EXPECT_EQ(sender.send("x"), 1U);
        EXPECT_EQ(next(loop, receiver).texts.size(), 1U);
    }
    EXPECT_EQ(sender.send("x"), 0U);
    EXPECT_NE(::access((folder / "a").c_str(), F_OK), 0);
}

TEST(Wake, ManyMaySendWhileReceiversComeAndGo) {
    const test::TemporaryDirectory folder;
    WakeSender sender(folder.path());
    std::atomic<bool> over{false};
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i)
        threads.emplace_back([&] {
            while (!over) sender.send("box");
        });
    for (int i = 0; i < 100; ++i) {
        WakeSocket socket(folder / "a" + std::to_string(i));
        while (socket.drain().texts.empty()) std::this_thread::yield();
    }
    over = true;
    for (auto& thread : threads) thread.join();
    const WakeSocket last(folder / "last");
    EXPECT_EQ(sender.send("box"), 1U);
}

TEST(Wake, TakesThePlaceOfASocketThatADeadProcessLeft) {
    async::Loop loop;
    test::TemporaryDirectory folder;
    const WakeReceiver stale(folder / "a");
    WakeReceiver receiver(folder / "a");
    WakeSender sender(folder.path());
    EXPECT_EQ(sender.send("x"), 1U);
    EXPECT_EQ(next(loop, receiver).texts.size(), 1U);
}

TEST(Wake, TheNameOfADeadOwnerIsRemovedByWhoNotices) {
    const test::TemporaryDirectory folder;
    {
        const WakeSocket socket(folder / "a");
        ASSERT_EQ(::rename((folder / "a").c_str(), (folder / "left").c_str()), 0);  // its owner will not find it
    }
    WakeSender sender(folder.path());
    EXPECT_EQ(sender.send("x"), 0U);
    EXPECT_NE(::access((folder / "left").c_str(), F_OK), 0);
}

TEST(Wake, SaysThatSomethingMayBeMissingWhenItsQueueWasFull) {
    async::Loop loop;
    test::TemporaryDirectory folder;
    WakeReceiver receiver(folder / "a");
    WakeSender sender(folder.path());
    std::size_t sent = 0;
    while (sent < 100'000 && sender.send("x") == 1) ++sent;
    EXPECT_LT(sent, 100'000U);  // and nobody waited
    EXPECT_TRUE(next(loop, receiver).all);
}

TEST(Wake, IsLostWithoutHarmWhereThereIsNoFolder) {
    WakeSender sender("/nonexistent/wake");
    EXPECT_EQ(sender.send("x"), 0U);
}

}  // namespace
}  // namespace md::ipc
