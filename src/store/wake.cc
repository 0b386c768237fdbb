// store/wake.cc - see wake.h

#include "store/wake.h"

#include <dirent.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <ctime>
#include <fstream>

#include "base/error.h"
#include "base/ids.h"
#include "store/mailbox_record.h"

namespace md::store {

namespace {

constexpr std::string_view kMagic = "MDWAKE1 ";
constexpr std::size_t kDatagramLimit = 256;
constexpr std::int64_t kSettledNs = 2'000'000'000;
constexpr std::size_t kQueueUnknown = 10;  // the kernel's own default

bool address_of(const std::string& path, sockaddr_un& address) {
    address = {};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path) return false;
    std::memcpy(address.sun_path, path.data(), path.size());
    return true;
}

std::size_t queue_length() {
    std::ifstream in("/proc/sys/net/unix/max_dgram_qlen");
    std::size_t value = 0;
    return in >> value && value > 0 ? value : kQueueUnknown;
}

std::int64_t now_ns() {
    timespec now{};
    clock_gettime(CLOCK_REALTIME, &now);
    return now.tv_sec * 1'000'000'000LL + now.tv_nsec;
}

}  // namespace

std::string format_wake(std::string_view mailbox_id) {
    return std::string(kMagic).append(mailbox_id);
}

std::optional<std::string> parse_wake(std::string_view datagram) {
    if (!datagram.starts_with(kMagic)) return std::nullopt;
    const auto id = datagram.substr(kMagic.size());
    if (!is_object_id(id)) return std::nullopt;
    return std::string(id);
}

WakeSender::WakeSender(std::string directory)
    : directory_(std::move(directory)), socket_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {}

/// Lists the sockets again if the directory changed, or is too young to be sure that it did not.
void WakeSender::refresh() {
    struct stat info;
    if (::stat(directory_.c_str(), &info) != 0) {
        receivers_.clear();
        listed_ns_ = -1;
        return;
    }
    const auto modified = info.st_mtim.tv_sec * 1'000'000'000LL + info.st_mtim.tv_nsec;
    if (modified == listed_ns_) return;
    receivers_.clear();
    DIR* directory = ::opendir(directory_.c_str());
    if (directory == nullptr) return;
    while (const auto* entry = ::readdir(directory))
        if (entry->d_name[0] != '.') receivers_.push_back(directory_ + "/" + entry->d_name);
    ::closedir(directory);
    listed_ns_ = now_ns() - modified >= kSettledNs ? modified : -1;
}

void WakeSender::send(std::string_view mailbox_id) noexcept {
    try {
        const auto datagram = format_wake(mailbox_id);
        const std::lock_guard lock(mutex_);
        if (!socket_) return;
        refresh();
        for (const auto& receiver : receivers_) {
            sockaddr_un address;
            if (!address_of(receiver, address)) continue;
            const auto sent = ::sendto(socket_.get(), datagram.data(), datagram.size(), MSG_DONTWAIT | MSG_NOSIGNAL,
                                       reinterpret_cast<const sockaddr*>(&address), sizeof address);
            // Refused: bound once, and its owner is gone without having removed it.
            if (sent < 0 && errno == ECONNREFUSED) ::unlink(receiver.c_str());
        }
    } catch (const std::exception&) {
        // May be lost without harm.
    }
}

WakeSocket::WakeSocket(const std::string& directory)
    : socket_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)),
      path_(directory + "/" + std::to_string(::getpid()) + "." + random_name(8)),
      holds_(queue_length()) {
    if (!socket_) throw SystemError("socket", path_, errno);
    sockaddr_un address;
    if (!address_of(path_, address)) throw SystemError("bind", path_, ENAMETOOLONG);
    if (::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
        throw SystemError("bind", path_, errno);
    ::chmod(path_.c_str(), 0660);
}

WakeSocket::~WakeSocket() {
    ::unlink(path_.c_str());
}

WakeSocket::Drained WakeSocket::drain() {
    Drained out;
    char buffer[kDatagramLimit];
    std::size_t count = 0;
    for (;;) {
        const auto size = ::recv(socket_.get(), buffer, sizeof buffer, MSG_DONTWAIT);
        if (size < 0 && errno == EINTR) continue;
        if (size < 0) break;
        ++count;
        auto id = parse_wake({buffer, static_cast<std::size_t>(size)});
        if (id) out.mailbox_ids.push_back(std::move(*id));
        if (count > 4 * holds_) break;  // senders faster than us: the rest in the next turn
    }
    out.look_at_all = count >= holds_;
    std::sort(out.mailbox_ids.begin(), out.mailbox_ids.end());
    out.mailbox_ids.erase(std::unique(out.mailbox_ids.begin(), out.mailbox_ids.end()), out.mailbox_ids.end());
    return out;
}

}  // namespace md::store
