// ipc/wake.cc - see wake.h

#include "ipc/wake.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <optional>
#include <utility>

#include "base/error.h"

namespace md::ipc {

using async::Task;
using async::Wait;
using async::Woken;

namespace {

constexpr std::size_t kUsualQueueLength = 10;

std::optional<sockaddr_un> unix_address(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path) return std::nullopt;
    std::copy(path.begin(), path.end(), address.sun_path);
    return address;
}

Fd datagram_socket() {
    Fd fd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!fd) throw SystemError("socket", "", errno);
    return fd;
}

std::size_t system_queue_length() {
    std::ifstream in("/proc/sys/net/unix/max_dgram_qlen");
    std::size_t length = 0;
    return in >> length && length > 0 ? length : kUsualQueueLength;
}

}  // namespace

WakeSocket::WakeSocket(std::string path)
    : path_(std::move(path)), socket_(datagram_socket()), queue_length_(system_queue_length()) {
    const auto address = unix_address(path_);
    if (!address) throw SystemError("bind", path_, ENAMETOOLONG);
    if (::unlink(path_.c_str()) != 0 && errno != ENOENT) throw SystemError("unlink", path_, errno);
    if (::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&*address), sizeof *address) != 0)
        throw SystemError("bind", path_, errno);
    if (::chmod(path_.c_str(), 0660) != 0) throw SystemError("chmod", path_, errno);
}

WakeSocket::~WakeSocket() {
    ::unlink(path_.c_str());
}

Task<Wakes> WakeReceiver::next(async::Deadline deadline) {
    for (;;) {
        auto wakes = socket_.drain();
        if (!wakes.texts.empty() || wakes.all) co_return std::move(wakes);
        const auto woken = co_await Wait(watch_.readable(), deadline);
        if (woken == Woken::timed_out) co_return std::move(wakes);
    }
}

Wakes WakeSocket::drain() {
    Wakes wakes;
    std::array<char, kMaxWakeSize> buffer;
    while (wakes.texts.size() < queue_length_) {
        const auto n = ::recv(socket_.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) break;
        wakes.texts.emplace_back(buffer.data(), static_cast<std::size_t>(n));
    }
    wakes.all = wakes.texts.size() >= queue_length_;
    return wakes;
}

WakeSender::WakeSender(std::string folder) : folder_(std::move(folder)), socket_(datagram_socket()) {}

std::size_t WakeSender::send(std::string_view text) noexcept try {
    const auto all = receivers();
    std::size_t taken = 0;
    for (const auto& receiver : *all) {
        const auto address = unix_address(receiver);
        if (!address) continue;
        const auto n = ::sendto(socket_.get(), text.data(), text.size(), MSG_DONTWAIT | MSG_NOSIGNAL,
                                reinterpret_cast<const sockaddr*>(&*address), sizeof *address);
        if (n >= 0) ++taken;
        // Bound once, and its owner is gone without having removed it. A full queue's owner will look at everything.
        if (n < 0 && errno == ECONNREFUSED) ::unlink(receiver.c_str());
    }
    return taken;
} catch (const std::exception&) {
    return 0;  // no memory, or a folder that changes under our hands: lost, as wake-ups may be
}

/// Reads the folder again if something was made or removed in it. The mutex is for the list alone: nobody waits while
/// another sends.
WakeSender::Receivers WakeSender::receivers() {
    struct stat info {};
    const bool there = ::stat(folder_.c_str(), &info) == 0;
    const std::lock_guard guard(mutex_);
    if (!there) {
        folder_changed_ns_ = -1;
        return receivers_ = std::make_shared<const std::vector<std::string>>();
    }
    const auto changed = std::int64_t{info.st_mtim.tv_sec} * 1'000'000'000 + info.st_mtim.tv_nsec;
    timespec now{};
    ::clock_gettime(CLOCK_REALTIME_COARSE, &now);
    const auto age = std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec - changed;
    if (receivers_ && changed == folder_changed_ns_) return receivers_;
    std::vector<std::string> found;
    for (const auto& entry : std::filesystem::directory_iterator(folder_)) found.push_back(entry.path());
    receivers_ = std::make_shared<const std::vector<std::string>>(std::move(found));
    // Two changes within one tick of the clock have one time: a young one is read again next time.
    folder_changed_ns_ = age > 100'000'000 ? changed : -1;
    return receivers_;
}

}  // namespace md::ipc
