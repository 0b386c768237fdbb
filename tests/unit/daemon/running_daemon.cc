// tests/unit/daemon/running_daemon.cc - see running_daemon.h

#include "unit/daemon/running_daemon.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <thread>

#include "async/loop.h"
#include "async/scope.h"
#include "daemon/control_protocol.h"
#include "ipc/client.h"
#include "net/address.h"

namespace md::test {

using namespace std::chrono_literals;

namespace {

sockaddr_storage loopback(unsigned port, socklen_t& size) {
    sockaddr_storage raw{};
    const net::SocketAddress address(*IpAddress::parse("127.0.0.1"), static_cast<std::uint16_t>(port));
    size = address.to_system(raw);
    return raw;
}

unsigned free_port() {
    const Fd fd(::socket(AF_INET, SOCK_STREAM, 0));
    socklen_t size = 0;
    auto raw = loopback(0, size);
    EXPECT_EQ(::bind(fd.get(), reinterpret_cast<const sockaddr*>(&raw), size), 0);
    socklen_t length = sizeof raw;
    EXPECT_EQ(::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&raw), &length), 0);
    return net::SocketAddress::from_system(raw).port();
}

async::Task<void> ask_in(async::Scope& scope, std::string path, std::string request, ipc::Json* answer) {
    ipc::Client client(scope, std::move(path));
    const auto reply = co_await client.call(daemon::kControl, std::move(request), 40s);
    if (reply) *answer = ipc::Json::parse(reply->payload).value_or(ipc::Json());
}

std::string program() {
    const char* build = std::getenv("builddir");
    return std::string(build != nullptr ? build : ".") + "/tests/unit/daemon/test_daemon";
}

}  // namespace

bool soon(const std::function<bool()>& condition) {
    const auto until = std::chrono::steady_clock::now() + 10s;
    while (!condition()) {
        if (std::chrono::steady_clock::now() > until) return false;
        std::this_thread::sleep_for(10ms);
    }
    return true;
}

LineClient::LineClient(unsigned port) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const timeval patience{10, 0};
    ::setsockopt(fd_.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    socklen_t size = 0;
    const auto raw = loopback(port, size);
    EXPECT_EQ(::connect(fd_.get(), reinterpret_cast<const sockaddr*>(&raw), size), 0);
}

void LineClient::say(const std::string& line) {
    const auto text = line + "\n";
    EXPECT_EQ(::send(fd_.get(), text.data(), text.size(), MSG_NOSIGNAL), static_cast<ssize_t>(text.size()));
}

std::string LineClient::hear() {
    for (;;) {
        const auto end = buffer_.find('\n');
        if (end != std::string::npos) {
            const auto line = buffer_.substr(0, end);
            buffer_.erase(0, end + 1);
            return line;
        }
        char piece[512];
        const auto n = ::recv(fd_.get(), piece, sizeof piece, 0);
        if (n <= 0) return "";
        buffer_.append(piece, static_cast<std::size_t>(n));
    }
}

RunningDaemon::RunningDaemon(const std::string& more, bool private_instance)
    : private_(private_instance), port_(free_port()) {
    EXPECT_EQ(::chmod(folder_.path().c_str(), 0755), 0);
    write_config("mail.example.org", more);
}

RunningDaemon::~RunningDaemon() {
    if (pid_ == 0) return;
    ::kill(pid_, SIGKILL);
    (void)wait();
}

void RunningDaemon::write_config(const std::string& hostname, const std::string& more, const std::string& of_daemon) {
    std::ofstream out(path("test.conf"));
    out << "hostname = \"" << hostname << "\"\nworkers = 2\n"
        << "[daemon]\nprivate = " << (private_ ? "true" : "false") << "\nstop_timeout = \"500ms\"\n"
        << of_daemon << "[paths]\nrun = \"" << path("run") << "\"\n"
        << "accounts = \"" << path("accounts") << "\"\nsecrets = \"" << path("secrets") << "\"\n"
        << "domains = \"" << path("domains") << "\"\nstore = \"" << path("store")
        << "\"\n[log]\ntarget = \"file\"\nfile = \"" << path("log") << "\"\n"
        << "[[listener]]\nprotocol = \"pop3\"\naddress = \"127.0.0.1\"\nport = " << port_
        << "\ntls = \"none\"\nauth = \"off\"\n"
        << more;
}

void RunningDaemon::set_workers(unsigned number) {
    std::ifstream in(path("test.conf"));
    std::string text(std::istreambuf_iterator<char>(in), {});
    const std::string before = "workers = 2\n";
    text.replace(text.find(before), before.size(), "workers = " + std::to_string(number) + "\n");
    std::ofstream(path("test.conf")) << text;
}

void RunningDaemon::start() {
    const auto name = program();
    const auto config = path("test.conf");
    pid_ = ::fork();
    if (pid_ == 0) {
        const int errors = ::open(path("stderr").c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
        ::dup2(errors, STDERR_FILENO);
        ::execl(name.c_str(), name.c_str(), "-c", config.c_str(), static_cast<char*>(nullptr));
        ::_exit(127);
    }
    const auto running = [this] {
        siginfo_t ended{};
        ::waitid(P_PID, static_cast<id_t>(pid_), &ended, WEXITED | WNOHANG | WNOWAIT);
        return ended.si_pid != 0 || ask("status").text("state") == "running";
    };
    EXPECT_TRUE(soon(running)) << log();
}

int RunningDaemon::wait() {
    int status = 0;
    const auto ended = [&] { return ::waitpid(pid_, &status, WNOHANG) == pid_; };
    if (!soon(ended)) return -1;
    pid_ = 0;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

void RunningDaemon::signal(int number) const {
    EXPECT_EQ(::kill(pid_, number), 0);
}

ipc::Json RunningDaemon::ask(const std::string& request, const std::string& what) const {
    ipc::Json question;
    question.set("request", request);
    if (!what.empty()) question.set("what", what);
    return ask_with(std::move(question));
}

ipc::Json RunningDaemon::ask_with(ipc::Json question) const {
    async::Loop loop;
    const auto text = question.dump();
    const auto socket = path("run/test_daemon.ctl");
    ipc::Json answer;
    const auto body = [&](async::Scope& scope) { return ask_in(scope, socket, text, &answer); };
    loop.run(async::scoped(body));
    return answer;
}

std::vector<pid_t> RunningDaemon::children(const std::string& role) const {
    const auto status = ask("status");
    std::vector<pid_t> pids;
    const auto* all = status.find("children");
    if (all == nullptr) return pids;
    for (const auto& child : all->items())
        if (child.text("role") == role && child.text("state") == "running")
            pids.push_back(static_cast<pid_t>(child.integer("pid")));
    return pids;
}

std::string RunningDaemon::log() const {
    std::string text;
    for (const auto* name : {"log", "stderr"}) {
        std::ifstream in(path(name));
        text.append(std::istreambuf_iterator<char>(in), {});
    }
    return text;
}

}  // namespace md::test
