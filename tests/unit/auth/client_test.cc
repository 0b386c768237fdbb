// tests/unit/auth/client_test.cc - auth/client.h, with an auth child that says what the test wants

#include "auth/client.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include "async/loop.h"
#include "async/scope.h"
#include "auth/protocol.h"
#include "ipc/server.h"
#include "net/listener.h"
#include "support/memory_sink.h"
#include "support/temporary_directory.h"

namespace md::auth {
namespace {

using async::Scope;
using async::Task;

/// Accepts the password "right", says nonsense to "nonsense" and refuses to answer anything else.
Task<ipc::Reply> child(ipc::Call call) {
    const auto login = decode_login(call.payload);
    if (login && login->password == "right") co_return ipc::Reply(encode(Verified(Verdict::accepted, login->account)));
    if (login && login->password == "wrong") co_return ipc::Reply(encode(Verified(Verdict::wrong, {})));
    if (login && login->password == "nonsense") co_return ipc::Reply(std::string("nonsense"));
    co_return ipc::Reply::refused("no");
}

struct AuthClient : testing::Test {
    void run(bool with_child) {
        const auto body = [this, with_child](Scope& scope) { return beside(scope, with_child); };
        loop.run(async::scoped(body));
    }
    Task<void> beside(Scope& scope, bool with_child) {
        server.on(kVerify, child);
        if (with_child) {
            listening = net::listen_unix(path, 0600);
            scope.spawn(server.serve(listening.get(), stop.point()));
        }
        const auto body = [this](Scope& inner) { return ask(inner); };
        co_await async::scoped(body);
        stop.set();
    }
    Task<void> ask(Scope& scope) {
        Client client(scope, path);
        for (const auto* password : {"right", "wrong", "nonsense", "anything"}) {
            Login login("bob@example.org", password, "imap", "192.0.2.1");
            const auto verified = co_await client.verify(std::move(login));
            verdicts.push_back(verified.verdict);
            names.push_back(verified.account);
        }
    }

    async::Loop loop;
    test::MemorySink sink;
    ipc::Server server{"auth", {::geteuid()}, log::Logger(sink)};
    Fd listening;
    test::TemporaryDirectory folder;
    std::string path = folder / "auth.sock";
    async::Signal stop;
    std::vector<Verdict> verdicts;
    std::vector<std::string> names;
};

TEST_F(AuthClient, GivesTheVerdictOfTheChildAndTakesNonsenseForNone) {
    run(true);
    EXPECT_EQ(verdicts,
              (std::vector<Verdict>{Verdict::accepted, Verdict::wrong, Verdict::unavailable, Verdict::unavailable}));
    EXPECT_EQ(names.at(0), "bob@example.org");
    EXPECT_EQ(names.at(2), "");
}

TEST_F(AuthClient, IsUnavailableWithoutAChild) {
    run(false);
    EXPECT_EQ(verdicts, std::vector<Verdict>(4, Verdict::unavailable));
}

}  // namespace
}  // namespace md::auth
