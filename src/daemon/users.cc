// daemon/users.cc - see users.h

#include "daemon/users.h"

#include <grp.h>
#include <pwd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <vector>

#include "base/error.h"

namespace md::daemon {

namespace {

constexpr std::size_t kEntrySize = 16U << 10U;

/// SO_PEERCRED of other sockets than Unix ones says nobody.
std::optional<ucred> credentials(int fd) noexcept {
    ucred peer{0, static_cast<uid_t>(-1), static_cast<gid_t>(-1)};
    socklen_t size = sizeof peer;
    const bool known = ::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0;
    if (!known || peer.uid == static_cast<uid_t>(-1)) return std::nullopt;
    return peer;
}

}  // namespace

std::optional<User> find_user(const std::string& name) {
    std::vector<char> buffer(kEntrySize);
    passwd entry{};
    passwd* found = nullptr;
    const int code = ::getpwnam_r(name.c_str(), &entry, buffer.data(), buffer.size(), &found);
    if (found != nullptr) return User{name, found->pw_uid, found->pw_gid};
    if (code != 0 && code != ENOENT && code != ESRCH) throw SystemError("getpwnam", name, code);
    return std::nullopt;
}

std::optional<gid_t> find_group(const std::string& name) {
    std::vector<char> buffer(kEntrySize);
    group entry{};
    group* found = nullptr;
    const int code = ::getgrnam_r(name.c_str(), &entry, buffer.data(), buffer.size(), &found);
    if (found != nullptr) return found->gr_gid;
    if (code != 0 && code != ENOENT && code != ESRCH) throw SystemError("getgrnam", name, code);
    return std::nullopt;
}

std::optional<uid_t> peer_uid(int fd) noexcept {
    const auto peer = credentials(fd);
    return peer ? std::optional(peer->uid) : std::nullopt;
}

std::optional<LocalUser> peer_user(int fd) {
    const auto peer = credentials(fd);
    if (!peer) return std::nullopt;
    return LocalUser{"#" + std::to_string(peer->uid), peer->uid, peer->pid};
}

std::optional<std::string> user_name(uid_t uid) {
    std::vector<char> buffer(kEntrySize);
    passwd entry{};
    passwd* found = nullptr;
    ::getpwuid_r(uid, &entry, buffer.data(), buffer.size(), &found);
    return found != nullptr ? std::optional<std::string>(found->pw_name) : std::nullopt;
}

void drop_to(const User& user) {
    if (::initgroups(user.name.c_str(), user.gid) != 0) throw SystemError("initgroups", user.name, errno);
    if (::setresgid(user.gid, user.gid, user.gid) != 0) throw SystemError("setresgid", user.name, errno);
    if (::setresuid(user.uid, user.uid, user.uid) != 0) throw SystemError("setresuid", user.name, errno);
    uid_t real = 0;
    uid_t effective = 0;
    uid_t saved = 0;
    if (::getresuid(&real, &effective, &saved) != 0 || real != user.uid || effective != user.uid || saved != user.uid)
        throw SystemError("setresuid", user.name, EPERM);
    if (user.uid != 0 && ::setuid(0) == 0) throw SystemError("setresuid", user.name + " can go back", EPERM);
}

}  // namespace md::daemon
