// daemon/users.h - which user a child becomes, and that it really did
//
// CONTRACT
//   drop_to() leaves nothing of root: groups, group, user, and the way back; anything else is SystemError, and the
//   child ends. Called before the first thread.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>

namespace md::daemon {

struct User {
    std::string name;
    uid_t uid = 0;
    gid_t gid = 0;
};

/// none: the system has no such user
[[nodiscard]] std::optional<User> find_user(const std::string& name);
[[nodiscard]] std::optional<gid_t> find_group(const std::string& name);

/// Who is at the other end of a Unix socket, as the system knows it (unix(7), SO_PEERCRED).
struct LocalUser {
    std::string name;  ///< "#1000" for who is not in the user database
    uid_t uid = 0;
    pid_t pid = 0;
};

/// none: it is no Unix socket. The name is "#1000" yet.
[[nodiscard]] std::optional<LocalUser> peer_user(int fd);
[[nodiscard]] std::optional<uid_t> peer_uid(int fd) noexcept;

/// none: the user database has none, or cannot be asked. It may be another machine's: not on a loop.
[[nodiscard]] std::optional<std::string> user_name(uid_t uid);

void drop_to(const User& user);

}  // namespace md::daemon
