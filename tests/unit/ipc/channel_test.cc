// tests/unit/ipc/channel_test.cc - ipc/channel.h

#include "ipc/channel.h"

#include <fcntl.h>
#include <gtest/gtest.h>

#include "async/loop.h"
#include "async/scope.h"
#include "base/bytes.h"

namespace md::ipc {
namespace {

using async::Loop;
using async::Scope;
using async::Task;

struct Pair {
    Pair() {
        int fds[2];
        EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
        first = Fd(fds[0]);
        second = Fd(fds[1]);
    }
    Fd first, second;
};

Task<void> send_one(Channel& channel, std::string payload, std::vector<Fd> fds) {
    Frame frame(Kind::request, 3, 9, std::move(payload), std::move(fds));
    const auto deadline = async::after(std::chrono::seconds(5));
    const auto sent = co_await channel.send(std::move(frame), deadline);
    EXPECT_TRUE(sent);
}

Task<Frame> receive_one(Channel& channel) {
    const auto deadline = async::after(std::chrono::seconds(5));
    auto frame = co_await channel.receive(deadline);
    EXPECT_TRUE(frame) << name(frame.error());
    if (!frame) co_return Frame();
    co_return std::move(*frame);
}

Task<void> receive_into(Channel& channel, Frame* got) {
    *got = co_await receive_one(channel);
}

Task<void> send_and_receive(Scope& scope, Channel& from, Channel& to, std::size_t size, Frame* got) {
    scope.spawn(send_one(from, std::string(size, 'x'), {}));
    co_await receive_into(to, got);
}

Task<void> move_payload(Channel& from, Channel& to, std::size_t size, Frame* got) {
    const auto body = [&](Scope& scope) { return send_and_receive(scope, from, to, size, got); };
    co_await async::scoped(body);
}

Closed receive_fails(Loop& loop, Channel& channel) {
    auto frame = loop.run(channel.receive(async::after(std::chrono::milliseconds(20))));
    EXPECT_FALSE(frame);
    return frame ? Closed{99} : frame.error();
}

TEST(Channel, CarriesPayloadsOfEverySize) {
    Loop loop;
    Pair pair;
    Channel a(std::move(pair.first));
    Channel b(std::move(pair.second));
    for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{70'000}, kMaxPayload}) {
        Frame got;
        loop.run(move_payload(a, b, size, &got));
        EXPECT_EQ(got.payload.size(), size);
        EXPECT_EQ(got.type, 3);
        EXPECT_EQ(got.id, 9U);
    }
}

TEST(Channel, RefusesToSendMoreThanTheOtherSideTakes) {
    Loop loop;
    Pair pair;
    Channel a(std::move(pair.first));
    Frame frame(Kind::request, 1, 1, std::string(kMaxPayload + 1, 'x'), {});
    const auto sent = loop.run(a.send(std::move(frame), async::never()));
    ASSERT_FALSE(sent);
    EXPECT_EQ(sent.error(), Closed::malformed);
}

TEST(Channel, PassesDescriptorsWithTheFrameThatTheyBelongTo) {
    Loop loop;
    Pair pair;
    Channel a(std::move(pair.first));
    Channel b(std::move(pair.second));
    std::vector<Fd> one;
    one.emplace_back(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    std::vector<Fd> two;
    two.emplace_back(::open("/dev/zero", O_RDONLY | O_CLOEXEC));
    two.emplace_back(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    loop.run(send_one(a, "none", {}));
    loop.run(send_one(a, "one", std::move(one)));
    loop.run(send_one(a, "two", std::move(two)));
    EXPECT_EQ(loop.run(receive_one(b)).descriptors.size(), 0U);
    EXPECT_EQ(loop.run(receive_one(b)).descriptors.size(), 1U);
    const auto last = loop.run(receive_one(b));
    ASSERT_EQ(last.descriptors.size(), 2U);
    char octet = 'x';
    EXPECT_EQ(::read(last.descriptors[0].get(), &octet, 1), 1);  // /dev/zero
    EXPECT_EQ(octet, 0);
    EXPECT_EQ(::fcntl(last.descriptors[0].get(), F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
}

TEST(Channel, TellsTheWaysInWhichItEnds) {
    Loop loop;
    Pair quiet;
    Channel waits(std::move(quiet.first));
    EXPECT_EQ(receive_fails(loop, waits), Closed::timed_out);
    EXPECT_FALSE(waits.hung_up());
    quiet.second.reset();
    EXPECT_TRUE(waits.hung_up());
    EXPECT_EQ(receive_fails(loop, waits), Closed::ended);

    Pair half;
    Channel within(std::move(half.first));
    ASSERT_EQ(::write(half.second.get(), "12345", 5), 5);
    half.second.reset();
    EXPECT_EQ(receive_fails(loop, within), Closed::broken);

    Pair wrong;
    Channel other(std::move(wrong.first));
    ASSERT_EQ(::write(wrong.second.get(), "GET / HTTP/1.1\r\n", 16), 16);
    EXPECT_EQ(receive_fails(loop, other), Closed::malformed);
}

TEST(Channel, EndsWhenAFrameAnnouncesDescriptorsThatDoNotCome) {
    Loop loop;
    Pair pair;
    Channel channel(std::move(pair.first));
    Header header;
    header.descriptors = 2;
    const auto octets = encode(header);
    ASSERT_EQ(::write(pair.second.get(), octets.data(), octets.size()), static_cast<ssize_t>(octets.size()));
    EXPECT_EQ(receive_fails(loop, channel), Closed::malformed);
}

TEST(Channel, TakesNoMemoryForAPayloadBeyondItsLimit) {
    Loop loop;
    Pair pair;
    Channel channel(std::move(pair.first), 1000);
    Header header;
    header.payload_bytes = 1001;
    const auto octets = encode(header);
    ASSERT_EQ(::write(pair.second.get(), octets.data(), octets.size()), static_cast<ssize_t>(octets.size()));
    EXPECT_EQ(receive_fails(loop, channel), Closed::malformed);
}

TEST(Channel, KnowsWhoIsOnTheOtherSide) {
    Loop loop;
    Pair pair;
    const Channel channel(std::move(pair.first));
    EXPECT_EQ(channel.peer().uid, ::geteuid());
    EXPECT_EQ(channel.peer().pid, ::getpid());
}

}  // namespace
}  // namespace md::ipc
