// tests/unit/daemon/users_test.cc - daemon/users.h

#include "daemon/users.h"

#include <fcntl.h>
#include <grp.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"

namespace md::daemon {
namespace {

TEST(Users, AreFoundByName) {
    const auto root = find_user("root");
    ASSERT_TRUE(root);
    EXPECT_EQ(root->uid, 0U);
    EXPECT_EQ(root->gid, 0U);
    EXPECT_EQ(find_group("root"), gid_t{0});
    EXPECT_FALSE(find_user("there-is-no-such-user"));
    EXPECT_FALSE(find_group("there-is-no-such-group"));
    EXPECT_FALSE(find_user(""));
}

/// What is wrong after the drop; 0: nothing.
int after_drop(const User& user) {
    drop_to(user);
    if (::getuid() != user.uid || ::geteuid() != user.uid || ::getgid() != user.gid) return 2;
    if (::seteuid(0) == 0 || ::setegid(0) == 0) return 3;
    gid_t groups[64];
    const int count = ::getgroups(64, groups);
    for (int i = 0; i < count; ++i)
        if (groups[i] == 0) return 4;
    if (::open("/etc/shadow", O_RDONLY | O_CLOEXEC) >= 0) return 5;
    return 0;
}

TEST(Users, NothingOfRootIsLeftAfterADrop) {
    if (::geteuid() != 0) GTEST_SKIP() << "only root can change users";
    const auto nobody = find_user("nobody");
    if (!nobody) GTEST_SKIP() << "no user nobody here";
    const auto child = ::fork();
    if (child == 0) ::_exit(after_drop(*nobody));
    int status = 0;
    ::waitpid(child, &status, 0);
    EXPECT_TRUE(WIFEXITED(status));
    EXPECT_EQ(WEXITSTATUS(status), 0);
}

TEST(Users, ADropThatCannotBeIsAnError) {
    if (::geteuid() == 0) GTEST_SKIP() << "root can drop to anybody";
    EXPECT_THROW(drop_to(*find_user("root")), SystemError);
}

}  // namespace
}  // namespace md::daemon
