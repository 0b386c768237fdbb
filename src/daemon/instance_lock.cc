// daemon/instance_lock.cc - see instance_lock.h

#include "daemon/instance_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <thread>

#include "base/error.h"

namespace md::daemon {

namespace {

constexpr auto kPatience = std::chrono::seconds(3);
constexpr auto kStep = std::chrono::milliseconds(20);

}  // namespace

std::optional<Fd> lock_instance(const std::string& path) {
    Fd file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!file) throw SystemError("open", path, errno);
    const auto until = std::chrono::steady_clock::now() + kPatience;
    while (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK && errno != EINTR) throw SystemError("flock", path, errno);
        if (std::chrono::steady_clock::now() > until) return std::nullopt;
        std::this_thread::sleep_for(kStep);
    }
    return file;
}

}  // namespace md::daemon
