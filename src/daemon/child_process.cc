// daemon/child_process.cc - from the fork to the end of a child; see child_setup.h
//
// CONTRACT
//   The order: descriptors, parent-death signal, user, loop, and only then anything that makes a thread.

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>

#include "async/loop.h"
#include "base/error.h"
#include "daemon/child_setup.h"

namespace md::daemon {

namespace {

constexpr int kFailed = 70;  // EX_SOFTWARE

/// Closes whatever the parent had open and this child has no business with.
void close_others(const ChildSetup& setup) {
    std::vector<unsigned> keep{0, 1, 2};
    const auto add = [&keep](int fd) {
        if (fd >= 0) keep.push_back(static_cast<unsigned>(fd));
    };
    add(setup.channel_fd);
    add(setup.lock_fd);
    add(setup.sink->descriptor());
    for (const auto& socket : setup.listeners) add(socket.fd);
    for (const auto& [name, fd] : setup.sockets) add(fd);
    std::sort(keep.begin(), keep.end());
    keep.erase(std::unique(keep.begin(), keep.end()), keep.end());
    for (std::size_t i = 0; i < keep.size(); ++i) {
        const unsigned first = keep[i] + 1;
        const unsigned last = i + 1 < keep.size() ? keep[i + 1] - 1 : ~0U;
        if (first <= last && ::close_range(first, last, 0) != 0) throw SystemError("close_range", "", errno);
    }
}

void become(const ChildSetup& setup) {
    close_others(setup);
    if (setup.user) drop_to(*setup.user);
    // After the change of user, which clears it.
    if (::prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) throw SystemError("prctl", "PR_SET_PDEATHSIG", errno);
    if (::getppid() != setup.parent) ::_exit(0);  // it ended meanwhile
    if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) throw SystemError("prctl", "PR_SET_NO_NEW_PRIVS", errno);
    const auto name = setup.daemon + "/" + std::string(setup.role->name);
    ::prctl(PR_SET_NAME, name.substr(0, 15).c_str());
    ::umask(setup.user ? 0027 : 0077);
}

int live(ChildSetup& setup) {
    setup.sink->become({setup.daemon, std::string(setup.role->name), ::getpid()});
    const log::Logger log(*setup.sink);
    try {
        async::Loop::forget_after_fork();
        become(setup);
        setup.sink->start_thread();
        async::Loop loop;
        ParentChannel channel{Fd(setup.channel_fd)};
        setup.channel = &channel;
        Child child(setup);
        loop.run(child.live());
        return EXIT_SUCCESS;
    } catch (const std::exception& e) {
        log.failure(Event::ChildFailed, e);
    } catch (...) {
        log.event(Event::ChildFailed, "an exception of another kind");
    }
    return kFailed;
}

}  // namespace

void live_as_child(ChildSetup& setup) noexcept {
    const int code = live(setup);
    setup.sink->finish();
    ::_exit(code);  // what the parent had on its stack is not ours to unwind
}

}  // namespace md::daemon
