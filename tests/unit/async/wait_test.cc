// tests/unit/async/wait_test.cc - async/wait.h, fd_watch.h, sync.h, the deadlines of loop.h

#include "async/wait.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <random>
#include <vector>

#include "async/fd_watch.h"
#include "async/loop.h"
#include "async/scope.h"
#include "async/sync.h"
#include "base/fd.h"

namespace md::async {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;

Task<void> note_after(Duration wait, int id, std::vector<int>* order) {
    co_await sleep_for(wait);
    order->push_back(id);
}

Task<void> spawn_sleepers(Scope& scope, std::vector<int>* order) {
    std::minstd_rand random(1);
    std::vector<int> ids(200);
    for (int i = 0; i < 200; ++i) ids[static_cast<std::size_t>(i)] = i;
    std::shuffle(ids.begin(), ids.end(), random);
    for (const int id : ids) scope.spawn(note_after(hours(id), id, order));
    co_await yield();
    Loop::current().advance(hours(300));
}

TEST(Deadlines, FireInTheirOrder) {
    Loop loop;
    std::vector<int> order;
    auto body = [&order](Scope& scope) { return spawn_sleepers(scope, &order); };
    loop.run(scoped(body));
    ASSERT_EQ(order.size(), 200u);
    EXPECT_TRUE(std::is_sorted(order.begin(), order.end()));
}

Task<void> answer_each(Signal* mine, Signal* other, const bool* over) {
    while (!*over) {
        co_await mine->wait(never());
        mine->clear();
        other->set();
    }
}

Task<void> play_for(Scope* scope, Duration time) {
    Signal ping;
    Signal pong;
    bool over = false;
    scope->spawn(answer_each(&ping, &pong, &over));
    scope->spawn(answer_each(&pong, &ping, &over));
    ping.set();
    co_await sleep_for(time);
    over = true;
    ping.set();
    pong.set();
    co_await yield();
    co_await yield();
}

TEST(Loop, TwoThatWakeEachOtherDoNotKeepTheThirdFromItsTime) {
    Loop loop;
    auto body = [](Scope& scope) { return play_for(&scope, milliseconds(2)); };
    loop.run(scoped(body));
}

Task<Woken> wait_signal(Signal* signal, Duration limit) {
    const auto woken = co_await signal->wait(after(limit));
    co_return woken;
}

TEST(Signal, SetBeforeIsSeenAtOnce) {
    Loop loop;
    Signal signal;
    signal.set();
    EXPECT_EQ(loop.run(wait_signal(&signal, hours(1))), Woken::first);
}

TEST(Signal, DeadlineEndsTheWait) {
    Loop loop;
    Signal signal;
    EXPECT_EQ(loop.run(wait_signal(&signal, milliseconds(5))), Woken::timed_out);
}

Task<Woken> wait_either(int fd, Signal* signal) {
    FdWatch watch(fd);
    const auto woken = co_await either(watch.readable(), signal->point(), after(hours(1)));
    co_return woken;
}

Task<void> set_soon(Signal* signal) {
    co_await sleep_for(milliseconds(2));
    signal->set();
}

Task<void> write_soon(int fd) {
    co_await sleep_for(milliseconds(2));
    EXPECT_EQ(::write(fd, "x", 1), 1);
}

Task<void> run_either(Scope& scope, int read_fd, int write_fd, Signal* signal, Woken* woken) {
    scope.spawn(write_fd >= 0 ? write_soon(write_fd) : set_soon(signal));
    *woken = co_await wait_either(read_fd, signal);
}

TEST(Either, WakesForTheOneThatComes) {
    Loop loop;
    int fds[2];
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
    const Fd one(fds[0]);
    const Fd two(fds[1]);
    Signal signal;
    Woken woken = Woken::timed_out;
    auto by_signal = [&](Scope& scope) { return run_either(scope, one.get(), -1, &signal, &woken); };
    loop.run(scoped(by_signal));
    EXPECT_EQ(woken, Woken::second);
    signal.clear();
    auto by_fd = [&](Scope& scope) { return run_either(scope, one.get(), two.get(), &signal, &woken); };
    loop.run(scoped(by_fd));
    EXPECT_EQ(woken, Woken::first);
}

Task<void> hold(Mutex* mutex, int id, std::vector<int>* order) {
    const auto guard = co_await mutex->lock();
    order->push_back(id);
    co_await yield();
    order->push_back(id);
}

Task<void> spawn_holders(Scope& scope, Mutex* mutex, std::vector<int>* order) {
    for (int i = 0; i < 3; ++i) scope.spawn(hold(mutex, i, order));
    co_return;
}

TEST(Mutex, HoldsAcrossAwaits) {
    Loop loop;
    Mutex mutex;
    std::vector<int> order;
    auto body = [&](Scope& scope) { return spawn_holders(scope, &mutex, &order); };
    loop.run(scoped(body));
    EXPECT_EQ(order, (std::vector<int>{0, 0, 1, 1, 2, 2}));
}

}  // namespace
}  // namespace md::async
