// daemon/signals.cc - see signals.h

#include "daemon/signals.h"

#include <sys/signalfd.h>
#include <unistd.h>

#include <cerrno>

#include "base/error.h"

namespace md::daemon {

namespace {

Fd open_queue(std::initializer_list<int> signals) {
    sigset_t set;
    sigemptyset(&set);
    for (const int number : signals) sigaddset(&set, number);
    Fd fd(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
    if (!fd) throw SystemError("signalfd", "", errno);
    return fd;
}

}  // namespace

void block_signals() {
    sigset_t set;
    sigemptyset(&set);
    for (const int number : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&set, number);
    if (::sigprocmask(SIG_BLOCK, &set, nullptr) != 0) throw SystemError("sigprocmask", "", errno);
    ::signal(SIGPIPE, SIG_IGN);
}

SignalQueue::SignalQueue(std::initializer_list<int> signals) : fd_(open_queue(signals)), watch_(fd_.get()) {}

async::Task<int> SignalQueue::next() {
    for (;;) {
        signalfd_siginfo info{};
        const auto n = ::read(fd_.get(), &info, sizeof info);
        if (n == static_cast<ssize_t>(sizeof info)) co_return static_cast<int>(info.ssi_signo);
        co_await async::Wait(watch_.readable(), async::never());
    }
}

}  // namespace md::daemon
