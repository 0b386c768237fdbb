// tests/unit/async/fd_watch_test.cc - async/fd_watch.h: FdWatch, FdCallback and SignalWatch on a real pipe and a signal

#include "async/fd_watch.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>

#include "async/loop.h"
#include "base/fd.h"

namespace md::async {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class FdWatchTest : public testing::Test {
  protected:
    FdWatchTest() {
        int ends[2];
        EXPECT_EQ(::pipe2(ends, O_NONBLOCK | O_CLOEXEC), 0);
        reading_.reset(ends[0]);
        writing_.reset(ends[1]);
    }
    void put(char octet) const { EXPECT_EQ(::write(writing_.get(), &octet, 1), 1); }

    Loop loop_;
    Fd reading_;
    Fd writing_;
};

Task<Woken> wait_readable(FdWatch* watch, Duration limit) {
    const auto woken = co_await Wait(watch->readable(), after(limit));
    co_return woken;
}

TEST_F(FdWatchTest, WakesForWhatIsThereAndTimesOutForWhatIsNot) {
    FdWatch watch(reading_.get());
    EXPECT_EQ(loop_.run(wait_readable(&watch, milliseconds(10))), Woken::timed_out);
    put('a');
    EXPECT_EQ(loop_.run(wait_readable(&watch, seconds(10))), Woken::first);
    EXPECT_EQ(loop_.run(wait_readable(&watch, seconds(10))), Woken::first);  // still unread
    char octet;
    EXPECT_EQ(::read(reading_.get(), &octet, 1), 1);
    EXPECT_EQ(loop_.run(wait_readable(&watch, milliseconds(10))), Woken::timed_out);
}

Task<void> wait_for(WaitPoint* point) {
    const auto woken = co_await Wait(*point, after(seconds(10)));
    EXPECT_EQ(woken, Woken::first);
}

Task<void> pass(Duration time) {
    co_await sleep_for(time);
}

TEST_F(FdWatchTest, ACallbackIsCalledForAsLongAsThereIsSomething) {
    std::string read;
    WaitPoint enough;
    {
        const FdCallback callback(reading_.get(), [&] {
            char octet;  // one at a time: the rest calls again
            if (::read(reading_.get(), &octet, 1) == 1) read.push_back(octet);
            if (read.size() == 3) enough.wake_all();
        });
        for (const char octet : {'a', 'b', 'c'}) put(octet);
        loop_.run(wait_for(&enough));
    }
    EXPECT_EQ(read, "abc");
    put('d');
    loop_.run(pass(milliseconds(5)));
    EXPECT_EQ(read, "abc");  // it is gone, and is not called
}

TEST_F(FdWatchTest, ASignalIsKeptUntilItIsTaken) {
    SignalWatch watch(SIGUSR1);
    ::raise(SIGUSR1);
    loop_.run(wait_for(&watch.arrived()));
    loop_.run(wait_for(&watch.arrived()));
    watch.taken();
    EXPECT_FALSE(watch.arrived().ready());
}

}  // namespace
}  // namespace md::async
