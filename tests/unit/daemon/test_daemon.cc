// tests/unit/daemon/test_daemon.cc - a daemon with small roles, that supervisor_test.cc starts and torments
//
// echo (two places, or workers): serves its [[listener]]: says "pid PID\n", then repeats lines; "crash" ends the
//   process, "slow" holds a session for ever. A change "fail" is not acted on.
// auth (one place): the real one of daemon/auth_role.h.
// owner (one place, in order): holds a lock that only one process may have.

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>

#include "async/loop.h"
#include "base/fd.h"
#include "daemon/auth_role.h"
#include "daemon/child.h"
#include "daemon/program.h"
#include "daemon/sessions.h"
#include "net/line_reader.h"

namespace {

using md::async::Task;
namespace daemon = md::daemon;
namespace opt = md::config::opt;

Task<void> echo(daemon::Session& session) {
    auto& stream = *session.stream;
    md::net::LineReader reader(stream, 1000);
    stream.put("pid " + std::to_string(::getpid()) + "\n");
    for (;;) {
        const auto until = md::async::after(std::chrono::minutes(1));
        co_await stream.flush(until);
        const auto woken = co_await stream.wait_input(session.entry.ending().point(), until);
        if (woken == md::async::Woken::second) {
            stream.put(session.entry.killed() ? "killed\n" : "bye\n");
            co_return;
        }
        const auto line = co_await reader.read_line(until);
        if (line.text == "crash") std::abort();
        if (line.text == "slow") co_await md::async::sleep_for(std::chrono::hours(1));
        if (line.text == "quit") co_return;
        ++session.entry.commands;
        if (line.text.starts_with("enter ") && !session.entry.enter(std::string(line.text.substr(6)))) {
            stream.put("too many\n");
            continue;
        }
        if (line.text == "flood") stream.put(std::string(64U << 20U, 'x'));
        stream.put(std::string(line.text) + "\n");
        reader.release();
    }
}

Task<void> change(std::string what) {
    if (what == "fail") throw std::runtime_error("no");
    co_return;
}

Task<void> run_echo(daemon::Child& child) {
    if (child.config()[opt::hostname] == "broken.example.org") throw std::runtime_error("cannot start");
    child.on_change(change);
    const daemon::SessionRules rules{"test", [](const md::config::Listener&) { return std::string("full\n"); }};
    const daemon::Serve serve = echo;
    co_await daemon::serve_sessions(child, rules, serve);
}

Task<void> run_owner(daemon::Child& child) {
    const md::Fd file(::open(child.run_path("wake/owned").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) throw std::runtime_error("two owners");
    child.ready();
    co_await child.retiring().wait(md::async::never());
    co_await md::async::sleep_for(std::chrono::milliseconds(30));
}

constexpr daemon::InternalSocket kSockets[] = {{"owner-#.sock", ""}};
constexpr daemon::InternalSocket kAuthSockets[] = {{"auth-test_daemon.sock", ""}};
constexpr md::config::Protocol kProtocols[] = {md::config::Protocol::pop3};
constexpr daemon::RunFolder kFolders[] = {{"wake", "nobody", "nogroup", 0750}};

}  // namespace

int main(int argc, char** argv) {
    auto auth = daemon::auth_role(kAuthSockets);
    auth.user = "nobody";
    const daemon::Role roles[] = {
        auth,
        {.name = "owner",
         .user = "nobody",
         .count = daemon::one,
         .replacement = daemon::Replacement::in_order,
         .sockets = kSockets,
         .run = run_owner},
        {.name = "echo", .user = "nobody", .count = daemon::worker_count, .listens = true, .run = run_echo},
    };
    return daemon::run({.name = "test_daemon", .roles = roles, .protocols = kProtocols, .folders = kFolders}, argc,
                       argv);
}
