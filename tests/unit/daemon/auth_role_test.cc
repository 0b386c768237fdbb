// tests/unit/daemon/auth_role_test.cc - daemon/auth_role.h: the auth child of a running daemon, asked as a session asks
// it

#include "daemon/auth_role.h"

#include <gtest/gtest.h>
#include <signal.h>

#include <chrono>
#include <filesystem>
#include <fstream>

#include "accounts/file_directory.h"
#include "async/loop.h"
#include "async/scope.h"
#include "auth/client.h"
#include "auth/protocol.h"
#include "unit/daemon/running_daemon.h"

namespace md::daemon {
namespace {

using async::Scope;
using async::Task;
using auth::Verdict;
using test::RunningDaemon;

Task<void> verify(Scope& scope, std::string socket, std::string account, std::string password, Verdict* verdict) {
    auth::Client client(scope, std::move(socket));
    auth::Login login(std::move(account), std::move(password), "imap", "192.0.2.1");
    const auto verified = co_await client.verify(std::move(login));
    *verdict = verified.verdict;
    scope.cancel();
}

class AuthRoleTest : public testing::Test {
  protected:
    AuthRoleTest() {
        std::filesystem::create_directory(daemon_.path("accounts"));
        accounts::FileDirectory directory(real_files(), {daemon_.path("accounts"), daemon_.path("secrets"),
                                                         daemon_.path("domains"), daemon_.path("store")});
        EXPECT_TRUE(directory.add_domain({"example.org", ""}).has_value());
        accounts::Account account;
        account.name = *accounts::parse_name("alice@example.org");
        const auto secret = accounts::make_secret("right-Pa55", {1, 4096});
        EXPECT_TRUE(directory.add(account, *secret).has_value());
        daemon_.start();
    }

    Verdict login(const std::string& account, const std::string& password) {
        async::Loop loop;
        auto verdict = Verdict::unavailable;
        const auto socket = daemon_.path("run/" + auth::socket_name("test_daemon"));
        const auto body = [&](Scope& scope) { return verify(scope, socket, account, password, &verdict); };
        loop.run(async::scoped(body));
        return verdict;
    }

    RunningDaemon daemon_;
};

TEST_F(AuthRoleTest, TellsTheRightPasswordFromTheWrongOne) {
    EXPECT_EQ(login("alice@example.org", "right-Pa55"), Verdict::accepted);
    EXPECT_EQ(login("alice@example.org", "wrong"), Verdict::wrong);
    EXPECT_EQ(login("bob@example.org", "right-Pa55"), Verdict::wrong);
}

TEST_F(AuthRoleTest, CouldNotAskIsNoWrongPassword) {
    std::ofstream(daemon_.path("secrets/example.org/alice")) << "format = 7\n";
    EXPECT_EQ(login("alice@example.org", "right-Pa55"), Verdict::unavailable);
}

TEST_F(AuthRoleTest, ANewChildAnswersAfterACrash) {
    ASSERT_EQ(login("alice@example.org", "right-Pa55"), Verdict::accepted);
    const auto children = daemon_.children("auth");
    ASSERT_EQ(children.size(), 1U);
    ::kill(children.front(), SIGKILL);
    EXPECT_TRUE(test::soon([&] {
        const auto now = daemon_.children("auth");
        return now.size() == 1 && now != children;
    }));
    EXPECT_EQ(login("alice@example.org", "right-Pa55"), Verdict::accepted);
}

}  // namespace
}  // namespace md::daemon
