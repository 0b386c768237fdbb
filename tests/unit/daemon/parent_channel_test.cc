// tests/unit/daemon/parent_channel_test.cc - daemon/parent_channel.h

#include "daemon/parent_channel.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include "async/loop.h"

namespace md::daemon {
namespace {

TEST(ParentChannel, CarriesMessagesWhole) {
    async::Loop loop;
    auto [a, b] = ParentChannel::make_pair();
    ParentChannel parent(std::move(a));
    ParentChannel child(std::move(b));
    ASSERT_TRUE(parent.send(Message(Said::change, 7, "accounts")));
    ASSERT_TRUE(parent.send(Message(Said::identity, 3, std::string(100'000, 'k'))));
    const auto change = loop.run(child.receive());
    ASSERT_TRUE(change);
    EXPECT_EQ(change->kind, Said::change);
    EXPECT_EQ(change->number, 7U);
    EXPECT_EQ(change->text, "accounts");
    EXPECT_EQ(loop.run(child.receive())->text.size(), 100'000U);
}

TEST(ParentChannel, EndsForNonsenseAndForAnEnd) {
    async::Loop loop;
    auto [a, b] = ParentChannel::make_pair();
    ParentChannel parent(std::move(a));
    ASSERT_EQ(::send(b.get(), "zzzzzzzzzzzz", 12, 0), 12);
    EXPECT_FALSE(loop.run(parent.receive()));
    ASSERT_EQ(::send(b.get(), "\x01", 1, 0), 1);
    EXPECT_FALSE(loop.run(parent.receive()));
    b.reset();
    EXPECT_FALSE(loop.run(parent.receive()));
}

TEST(ParentChannel, NeverWaitsForWhoDoesNotRead) {
    async::Loop loop;
    auto [a, b] = ParentChannel::make_pair();
    ParentChannel parent(std::move(a));
    bool taken = true;
    for (int i = 0; i < 100'000 && taken; ++i) taken = parent.send(Message(Said::change, 1, std::string(1000, 'x')));
    EXPECT_FALSE(taken);
}

}  // namespace
}  // namespace md::daemon
