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

void drop_to(const User& user);

}  // namespace md::daemon
