// tests/unit/daemon/supervisor_test.cc - daemon/supervisor.h and all below it, on a real daemon with test roles

#include "daemon/supervisor.h"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <pwd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <set>

#include "net/listener.h"
#include "unit/daemon/running_daemon.h"

namespace md::daemon {
namespace {

using test::LineClient;
using test::RunningDaemon;
using test::soon;

/// Not one that has ended and that nobody has asked about yet.
bool alive(pid_t pid) {
    std::ifstream stat("/proc/" + std::to_string(pid) + "/stat");
    std::string line;
    if (!std::getline(stat, line)) return false;
    const auto state = line.substr(line.rfind(')') + 2, 1);
    return state != "Z" && state != "X";
}

pid_t pid_said_by(LineClient& client) {
    const auto line = client.hear();
    return line.starts_with("pid ") ? std::stoi(line.substr(4)) : 0;
}

TEST(Daemon, ServesAndTellsItsStatus) {
    RunningDaemon daemon;
    daemon.start();
    LineClient client(daemon.port());
    const auto worker = pid_said_by(client);
    client.say("hello");
    EXPECT_EQ(client.hear(), "hello");
    EXPECT_TRUE(soon([&] { return daemon.ask("status").integer("sessions") == 1; }));
    const auto status = daemon.ask("status");
    EXPECT_EQ(status.text("name"), "test_daemon");
    EXPECT_EQ(status.integer("pid"), daemon.pid());
    EXPECT_EQ(status.integer("workers"), 4);
    const auto workers = daemon.children("echo");
    EXPECT_EQ(workers.size(), 2U);
    EXPECT_NE(std::find(workers.begin(), workers.end(), worker), workers.end());
    client.say("quit");
    EXPECT_TRUE(soon([&] { return daemon.ask("status").integer("sessions") == 0; }));
    EXPECT_TRUE(daemon.ask("ping").boolean("ok"));
    EXPECT_FALSE(daemon.ask("nonsense").boolean("ok"));
}

TEST(Daemon, ReplacesAWorkerThatCrashesAndLosesOnlyItsSessions) {
    RunningDaemon daemon;
    daemon.start();
    std::vector<std::unique_ptr<LineClient>> clients;
    std::vector<pid_t> served_by;
    const auto two_workers = [&] {
        clients.push_back(std::make_unique<LineClient>(daemon.port()));
        served_by.push_back(pid_said_by(*clients.back()));
        return std::set<pid_t>(served_by.begin(), served_by.end()).size() == 2;
    };
    ASSERT_TRUE(soon(two_workers));
    const auto victim = served_by.front();
    clients.front()->say("crash");
    EXPECT_EQ(clients.front()->hear(), "");
    for (std::size_t i = 1; i < clients.size(); ++i) {
        clients[i]->say("still here");
        EXPECT_EQ(clients[i]->hear(), served_by[i] == victim ? "" : "still here");
        if (served_by[i] == victim) break;  // writing to it again would only show the same
    }
    EXPECT_TRUE(soon([&] { return daemon.ask("status").integer("restarts") == 1; }));
    EXPECT_TRUE(soon([&] { return daemon.children("echo").size() == 2; }));
    EXPECT_NE(daemon.log().find("child-crashed role=echo"), std::string::npos);
    LineClient another(daemon.port());
    EXPECT_NE(pid_said_by(another), victim);
}

TEST(Daemon, WaitsLongerBeforeEachFurtherStart) {
    RunningDaemon daemon;
    daemon.start();
    for (int i = 1; i <= 3; ++i) {
        ASSERT_TRUE(soon([&] { return daemon.children("owner").size() == 1; }));
        ::kill(daemon.children("owner").front(), SIGKILL);
        ASSERT_TRUE(soon([&] { return daemon.ask("status").integer("restarts") == i; }));
    }
    const auto log = daemon.log();
    for (const auto* wait : {"again_in=0.000", "again_in=0.100", "again_in=0.200"})
        EXPECT_NE(log.find(wait), std::string::npos) << log;
}

TEST(Daemon, CountsCrashesByPlace) {
    RunningDaemon daemon;
    daemon.start();
    const auto workers = daemon.children("echo");
    ASSERT_EQ(workers.size(), 2U);
    for (const auto worker : workers) ::kill(worker, SIGKILL);
    ASSERT_TRUE(soon([&] { return daemon.ask("status").integer("restarts") == 2; })) << daemon.log();
    const auto log = daemon.log();
    EXPECT_NE(log.find("child-crashed role=echo place=0"), std::string::npos) << log;
    EXPECT_NE(log.find("child-crashed role=echo place=1"), std::string::npos) << log;
    EXPECT_EQ(log.find("again_in=0.100"), std::string::npos) << log;  // the first crash of each
}

/// What a child inherits and has not closed yet keeps waking its parent for a descriptor whose number another has now.
TEST(Daemon, FollowsEachOfManyThatDieAtOnceByOne) {
    RunningDaemon daemon;
    daemon.set_workers(24);
    daemon.start();
    const auto workers = daemon.children("echo");
    ASSERT_EQ(workers.size(), 24U);
    for (const auto worker : workers) ::kill(worker, SIGKILL);
    ASSERT_TRUE(soon([&] { return daemon.ask("status").integer("restarts") >= 24; })) << daemon.log();
    ASSERT_TRUE(soon([&] { return daemon.children("echo").size() == 24; })) << daemon.log();
    EXPECT_EQ(daemon.ask("status").integer("restarts"), 24) << daemon.log();
}

TEST(Daemon, EndsTheSessionsOfAnOldGenerationWhenTheirTimeIsOver) {
    RunningDaemon daemon;
    daemon.write_config("mail.example.org", "", "drain_timeout = \"200ms\"\n");
    daemon.start();
    LineClient client(daemon.port());
    const auto worker = pid_said_by(client);
    EXPECT_TRUE(daemon.ask("reload").boolean("ok"));
    EXPECT_EQ(client.hear(), "bye");
    EXPECT_TRUE(soon([&] { return !alive(worker); }));
    EXPECT_EQ(daemon.ask("status").text("state"), "running");
}

/// Does the process ignore that signal?
bool ignores(pid_t pid, int number) {
    std::ifstream status("/proc/" + std::to_string(pid) + "/status");
    for (std::string word; status >> word;) {
        if (word != "SigIgn:") continue;
        unsigned long long mask = 0;
        status >> std::hex >> mask;
        return (mask >> (number - 1) & 1U) != 0;
    }
    return false;
}

TEST(Daemon, NoProcessOfItDiesWritingToAPeerThatIsGone) {
    RunningDaemon daemon;
    daemon.start();
    EXPECT_TRUE(ignores(daemon.pid(), SIGPIPE));
    for (const auto* const role : {"echo", "owner", "auth"})
        for (const auto child : daemon.children(role)) EXPECT_TRUE(ignores(child, SIGPIPE)) << role;
}

TEST(Daemon, ReloadsWithoutLosingASession) {
    RunningDaemon daemon;
    daemon.start();
    LineClient old_client(daemon.port());
    const auto old_worker = pid_said_by(old_client);
    const auto owners = daemon.children("owner");
    daemon.write_config("other.example.org");
    EXPECT_TRUE(daemon.ask("reload").boolean("ok"));
    old_client.say("still here");
    EXPECT_EQ(old_client.hear(), "still here");
    LineClient client(daemon.port());
    EXPECT_NE(pid_said_by(client), old_worker);
    EXPECT_NE(daemon.children("owner"), owners);  // in sequence: two owners at a time would have crashed
    EXPECT_EQ(daemon.ask("status").integer("restarts"), 0);
    old_client.say("quit");
    EXPECT_TRUE(soon([&] { return !alive(old_worker); }));
}

bool refuses(unsigned port) {
    const Fd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    return ::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 &&
           errno == ECONNREFUSED;
}

TEST(Daemon, FreesThePortOfAListenerThatWasTakenAwayWhileItsSessionsGoOn) {
    const RunningDaemon for_its_port;
    const auto port = for_its_port.port();
    const auto row =
        "[[listener]]\nprotocol = \"pop3\"\naddress = \"127.0.0.1\"\ntls = \"none\"\nauth = \"off\"\nport = " +
        std::to_string(port) + "\n";
    RunningDaemon daemon(row);
    daemon.start();
    LineClient client(port);
    EXPECT_NE(pid_said_by(client), 0);
    daemon.write_config("mail.example.org");
    EXPECT_TRUE(daemon.ask("reload").boolean("ok"));
    EXPECT_TRUE(soon([&] { return refuses(port); }));
    client.say("still here");
    EXPECT_EQ(client.hear(), "still here");
    daemon.write_config("mail.example.org", row);
    EXPECT_TRUE(daemon.ask("reload").boolean("ok")) << daemon.log();
    LineClient another(port);
    EXPECT_NE(pid_said_by(another), 0);
    client.say("even now");
    EXPECT_EQ(client.hear(), "even now");
}

TEST(Daemon, KeepsWhatItHasWhenTheNewConfigurationIsWrong) {
    RunningDaemon daemon;
    daemon.start();
    const auto workers = daemon.children("echo");
    daemon.write_config("other.example.org", "[smtp]\nmax_recipiens = 5\n");
    const auto answer = daemon.ask("reload");
    EXPECT_FALSE(answer.boolean("ok"));
    ASSERT_EQ(answer.find("faults")->items().size(), 1U);
    EXPECT_NE(answer.find("faults")->items()[0].as_text()->find("max_recipients"), std::string::npos);
    EXPECT_EQ(daemon.children("echo"), workers);
    daemon.write_config("other.example.org",
                        "[[listener]]\nprotocol = \"pop3\"\naddress = \"192.0.2.1\"\nport = 110\n");
    EXPECT_FALSE(daemon.ask("reload").boolean("ok"));
    EXPECT_EQ(daemon.children("echo"), workers);
    LineClient client(daemon.port());
    EXPECT_NE(pid_said_by(client), 0);
}

TEST(Daemon, ReloadsOnSighup) {
    RunningDaemon daemon;
    daemon.start();
    const auto workers = daemon.children("echo");
    daemon.signal(SIGHUP);
    EXPECT_TRUE(soon([&] { return daemon.log().find("daemon-reloaded generation=2") != std::string::npos; }));
    EXPECT_NE(daemon.children("echo"), workers);
}

TEST(Daemon, SaysFarewellAndEndsOnSigterm) {
    RunningDaemon daemon;
    daemon.start();
    LineClient client(daemon.port());
    EXPECT_NE(pid_said_by(client), 0);
    const auto workers = daemon.children("echo");
    daemon.signal(SIGTERM);
    EXPECT_EQ(client.hear(), "bye");
    EXPECT_EQ(daemon.wait(), 0);
    for (const auto worker : workers) EXPECT_FALSE(alive(worker));
    EXPECT_NE(daemon.log().find("daemon-stopped"), std::string::npos);
    EXPECT_NE(::access(daemon.path("run/test_daemon.ctl").c_str(), F_OK), 0);
}

TEST(Daemon, KillsWhatDoesNotEndInTime) {
    RunningDaemon daemon;
    daemon.start();
    LineClient client(daemon.port());
    EXPECT_NE(pid_said_by(client), 0);
    client.say("slow");
    EXPECT_TRUE(daemon.ask("stop").boolean("ok"));
    const auto refused = daemon.ask("reload");
    EXPECT_NE(refused.text("error").find("stopping"), std::string::npos);
    EXPECT_EQ(refused.find("faults"), nullptr);  // the configuration has none
    EXPECT_EQ(daemon.wait(), 0);
    EXPECT_NE(daemon.log().find("child-killed role=echo"), std::string::npos);
}

TEST(Daemon, TakesItsChildrenWithItAndHasASuccessorAtOnce) {
    RunningDaemon daemon;
    daemon.start();
    auto children = daemon.children("echo");
    const auto owners = daemon.children("owner");
    children.insert(children.end(), owners.begin(), owners.end());
    ASSERT_EQ(children.size(), 3U);
    daemon.signal(SIGKILL);
    EXPECT_EQ(daemon.wait(), 128 + SIGKILL);
    daemon.start();
    for (const auto child : children) EXPECT_FALSE(alive(child));
    LineClient client(daemon.port());
    EXPECT_NE(pid_said_by(client), 0);
}

TEST(Daemon, RunsOnceForAnInstance) {
    RunningDaemon daemon;
    daemon.start();
    RunningDaemon other;
    std::filesystem::copy_file(daemon.path("test.conf"), other.path("test.conf"),
                               std::filesystem::copy_options::overwrite_existing);
    other.start();
    EXPECT_EQ(other.wait(), 75);
    EXPECT_NE(other.log().find("runs already"), std::string::npos);
    EXPECT_EQ(daemon.ask("status").text("state"), "running");
}

TEST(Daemon, TellsAllFaultsOfItsConfigurationAndEndsWith78) {
    RunningDaemon daemon("[smtp]\nmax_recipiens = 5\n[queue]\nexpire = \"never\"\n");
    daemon.start();
    EXPECT_EQ(daemon.wait(), 78);
    EXPECT_NE(daemon.log().find("max_recipients"), std::string::npos);
    EXPECT_NE(daemon.log().find("queue.expire"), std::string::npos);
}

TEST(Daemon, WaitsUntilEveryChildActsOnAChange) {
    RunningDaemon daemon;
    daemon.start();
    EXPECT_TRUE(daemon.ask("change", "accounts").boolean("ok"));
    EXPECT_FALSE(daemon.ask("change", "fail").boolean("ok"));
}

TEST(Daemon, EndsAChildInOrderThatAPersonTellsTo) {
    RunningDaemon daemon;
    daemon.start();
    LineClient client(daemon.port());
    const auto worker = pid_said_by(client);
    ::kill(worker, SIGTERM);
    EXPECT_EQ(client.hear(), "bye");
    EXPECT_TRUE(soon([&] { return daemon.children("echo").size() == 2 && !alive(worker); }));
}

uid_t user_of(pid_t pid) {
    std::ifstream status("/proc/" + std::to_string(pid) + "/status");
    std::string word;
    while (status >> word)
        if (word == "Uid:") break;
    uid_t real = 0;
    uid_t effective = 0;
    uid_t saved = 0;
    status >> real >> effective >> saved;
    return real == effective && effective == saved ? real : 0;
}

TEST(Daemon, GivesEachChildItsUserWhenRootStartsAnInstalledInstance) {
    if (::geteuid() != 0) GTEST_SKIP() << "only root can change users";
    const auto* nobody = ::getpwnam("nobody");
    if (nobody == nullptr) GTEST_SKIP() << "no user nobody here";
    RunningDaemon daemon("", false);
    daemon.start();
    EXPECT_EQ(user_of(daemon.pid()), 0U);
    const auto workers = daemon.children("echo");
    ASSERT_EQ(workers.size(), 2U);
    for (const auto worker : workers) EXPECT_EQ(user_of(worker), nobody->pw_uid);
    LineClient client(daemon.port());
    EXPECT_NE(pid_said_by(client), 0);
}

TEST(Daemon, RunsAllOfAPrivateInstanceAsItsCaller) {
    RunningDaemon daemon;
    daemon.start();
    for (const auto worker : daemon.children("echo")) EXPECT_EQ(user_of(worker), ::geteuid());
}

/// How many descriptors the process may have.
void limit_descriptors(pid_t pid, rlim_t number) {
    rlimit limit{};
    ASSERT_EQ(::prlimit(pid, RLIMIT_NOFILE, nullptr, &limit), 0);
    limit.rlim_cur = number == 0 ? limit.rlim_max : number;
    ASSERT_EQ(::prlimit(pid, RLIMIT_NOFILE, &limit, nullptr), 0);
}

TEST(Daemon, SaysThatItAcceptsNobodyForLackOfDescriptorsAndServesThemLater) {
    RunningDaemon daemon;
    daemon.start();
    const auto workers = daemon.children("echo");
    for (const auto worker : workers) limit_descriptors(worker, 3);
    LineClient client(daemon.port());
    const auto place = "accept-paused address=127.0.0.1:" + std::to_string(daemon.port());
    EXPECT_TRUE(soon([&] { return daemon.log().find(place) != std::string::npos; })) << daemon.log();
    for (const auto worker : workers) limit_descriptors(worker, 0);
    EXPECT_NE(pid_said_by(client), 0);
}

TEST(Daemon, SaysWhereItCannotListen) {
    const RunningDaemon other;  // its port is free: we take it
    const auto taken =
        net::listen_tcp(net::SocketAddress(*IpAddress::parse("127.0.0.1"), static_cast<std::uint16_t>(other.port())));
    RunningDaemon daemon(
        "[[listener]]\nprotocol = \"pop3\"\naddress = \"127.0.0.1\"\nport = " + std::to_string(other.port()) + "\n");
    daemon.start();
    EXPECT_EQ(daemon.wait(), 71);
    const auto line = "listener-failed protocol=pop3 address=127.0.0.1:" + std::to_string(other.port());
    EXPECT_NE(daemon.log().find(line), std::string::npos) << daemon.log();
}

/// Connects as another user; whether the connection was closed without an answer.
bool closed_for(uid_t user, const std::string& path) {
    const auto child = ::fork();
    if (child == 0) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        path.copy(address.sun_path, sizeof address.sun_path - 1);
        const int fd = ::socket(AF_UNIX, SOCK_STREAM, 0);
        if (::setresuid(user, user, user) != 0) ::_exit(2);
        if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) ::_exit(3);
        char octet;
        ::_exit(::recv(fd, &octet, 1, 0) == 0 ? 0 : 4);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    return status == 0;
}

TEST(Daemon, SaysWhoTriedToControlItAndMayNot) {
    if (::geteuid() != 0) GTEST_SKIP() << "only root can change users";
    const auto* nobody = ::getpwnam("nobody");
    if (nobody == nullptr) GTEST_SKIP() << "no user nobody here";
    RunningDaemon daemon;
    daemon.start();
    // As if an administrator had opened what is closed by its mode: the peer's user is looked at all the same.
    for (const auto* name : {"", "run", "run/test_daemon.ctl"}) ::chmod(daemon.path(name).c_str(), 0777);
    EXPECT_TRUE(closed_for(nobody->pw_uid, daemon.path("run/test_daemon.ctl")));
    const auto line = "control-refused peer_uid=" + std::to_string(nobody->pw_uid);
    EXPECT_TRUE(soon([&] { return daemon.log().find(line) != std::string::npos; })) << daemon.log();
    EXPECT_EQ(daemon.ask("status").text("state"), "running");
}

class NotifySocket {
  public:
    explicit NotifySocket(const std::string& path) : fd_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        path.copy(address.sun_path, sizeof address.sun_path - 1);
        EXPECT_EQ(::bind(fd_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
        const timeval patience{10, 0};
        ::setsockopt(fd_.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        ::setenv("NOTIFY_SOCKET", path.c_str(), 1);
    }
    ~NotifySocket() { ::unsetenv("NOTIFY_SOCKET"); }
    std::string next() {
        char text[256];
        const auto n = ::recv(fd_.get(), text, sizeof text, 0);
        return n < 0 ? "" : std::string(text, static_cast<std::size_t>(n));
    }

  private:
    Fd fd_;
};

TEST(Daemon, TellsSystemdWhatItDoes) {
    RunningDaemon daemon;
    NotifySocket systemd(daemon.path("notify"));
    daemon.start();
    EXPECT_EQ(systemd.next(), "READY=1");
    EXPECT_TRUE(daemon.ask("reload").boolean("ok"));
    EXPECT_TRUE(systemd.next().starts_with("RELOADING=1\nMONOTONIC_USEC="));
    EXPECT_EQ(systemd.next(), "READY=1");
    daemon.signal(SIGTERM);
    EXPECT_EQ(systemd.next(), "STOPPING=1");
    EXPECT_EQ(daemon.wait(), 0);
}

/// All pages of a list.
std::vector<ipc::Json> sessions(const RunningDaemon& daemon, ipc::Json question) {
    std::vector<ipc::Json> out;
    question.set("request", "sessions");
    for (;;) {
        const auto page = daemon.ask_with(question);
        EXPECT_TRUE(page.boolean("ok"));
        const auto* found = page.find("sessions");
        if (found != nullptr) out.insert(out.end(), found->items().begin(), found->items().end());
        const auto next = page.text("next");
        if (next.empty()) return out;
        question.set("next", next);
    }
}

std::int64_t counted(const RunningDaemon& daemon, const std::string& name) {
    const auto answer = daemon.ask("stats");
    EXPECT_TRUE(answer.boolean("ok"));
    const auto* values = answer.find("counters");
    return values == nullptr ? -1 : values->integer(name, -1);
}

ipc::Json of_account(const std::string& account) {
    return ipc::Json().set("account", account);
}

TEST(Sessions, OfAllWorkersAreListed) {
    RunningDaemon daemon;
    daemon.start();
    std::vector<std::unique_ptr<LineClient>> clients;
    for (int i = 0; i < 20; ++i) {
        clients.push_back(std::make_unique<LineClient>(daemon.port()));
        EXPECT_GT(pid_said_by(*clients.back()), 0);
        clients.back()->say(i < 15 ? "enter bob" : "enter alice");
        EXPECT_EQ(clients.back()->hear(), i < 15 ? "enter bob" : "enter alice");
    }
    EXPECT_EQ(sessions(daemon, ipc::Json()).size(), 20U);
    EXPECT_EQ(sessions(daemon, of_account("nobody")).size(), 0U);
    EXPECT_EQ(sessions(daemon, ipc::Json().set("ip", "127.0.0.1")).size(), 20U);
    EXPECT_EQ(sessions(daemon, ipc::Json().set("ip", "127.0.0.2")).size(), 0U);
    const auto some = sessions(daemon, of_account("alice"));
    ASSERT_EQ(some.size(), 5U);
    EXPECT_EQ(some[0].text("daemon"), "test_daemon");
    EXPECT_EQ(some[0].text("account"), "alice");
    EXPECT_EQ(some[0].text("state"), "authenticated");
    EXPECT_EQ(some[0].text("protocol"), "pop3");
    EXPECT_EQ(some[0].text("ip"), "127.0.0.1");
    EXPECT_FALSE(some[0].boolean("tls", true));
    EXPECT_EQ(some[0].integer("commands"), 1);
    EXPECT_EQ(some[0].integer("bytes_in"), 12);
    EXPECT_GT(some[0].integer("bytes_out"), 12);
}

TEST(Stats, AreThoseOfAllWorkersAndOfThoseThatAreNoMore) {
    RunningDaemon daemon;
    daemon.start();
    std::vector<std::unique_ptr<LineClient>> clients;
    for (int i = 0; i < 20; ++i) {
        clients.push_back(std::make_unique<LineClient>(daemon.port()));
        EXPECT_GT(pid_said_by(*clients.back()), 0);
    }
    EXPECT_EQ(counted(daemon, "connections"), 20);
    EXPECT_EQ(counted(daemon, "octets_in"), 0) << "they are counted at the end";
    EXPECT_EQ(daemon.ask("stats").find("gauges")->integer("workers"), 4);
    EXPECT_TRUE(soon([&] { return daemon.ask("stats").find("gauges")->integer("sessions") == 20; }));
    clients[0]->say("quit");
    EXPECT_TRUE(soon([&] { return counted(daemon, "octets_in") == 5; }));
    clients[1]->say("crash");
    EXPECT_TRUE(soon([&] { return counted(daemon, "children_crashed") == 1; }));
    EXPECT_EQ(counted(daemon, "connections"), 20);
    EXPECT_TRUE(soon([&] { return daemon.children("echo").size() == 2; }));
    for (const auto worker : daemon.children("echo")) ::kill(worker, SIGKILL);
    EXPECT_TRUE(soon([&] { return counted(daemon, "children_crashed") == 3; }));
    EXPECT_TRUE(soon([&] { return daemon.children("echo").size() == 2; }));
    EXPECT_EQ(counted(daemon, "connections"), 20);
    EXPECT_TRUE(daemon.ask("reload").boolean("ok"));
    LineClient another(daemon.port());
    EXPECT_GT(pid_said_by(another), 0);
    EXPECT_EQ(counted(daemon, "connections"), 21) << "a new generation goes on";
}

TEST(Sessions, AreKilledPolitely) {
    RunningDaemon daemon;
    daemon.start();
    LineClient bob(daemon.port());
    LineClient alice(daemon.port());
    EXPECT_GT(pid_said_by(bob), 0);
    EXPECT_GT(pid_said_by(alice), 0);
    bob.say("enter bob");
    EXPECT_EQ(bob.hear(), "enter bob");
    alice.say("enter alice");
    EXPECT_EQ(alice.hear(), "enter alice");
    const auto answer = daemon.ask_with(of_account("BOB").set("request", "kill"));
    EXPECT_TRUE(answer.boolean("ok"));
    EXPECT_EQ(answer.integer("killed"), 1);
    EXPECT_EQ(answer.integer("left"), 0);
    EXPECT_EQ(sessions(daemon, of_account("bob")).size(), 0U) << "it has ended when kill answers";
    EXPECT_EQ(bob.hear(), "killed");
    alice.say("still here");
    EXPECT_EQ(alice.hear(), "still here");
    EXPECT_NE(daemon.log().find("sessions-killed sessions=1 account=BOB"), std::string::npos);
}

TEST(Sessions, OneWhoseClientDoesNotReadIsCutOff) {
    RunningDaemon daemon;
    daemon.start();
    LineClient client(daemon.port());
    EXPECT_GT(pid_said_by(client), 0);
    client.say("flood");
    EXPECT_TRUE(soon([&] {
        const auto all = sessions(daemon, ipc::Json());
        return all.size() == 1 && all[0].integer("commands") == 1;
    }));
    const auto answer = daemon.ask("kill");
    EXPECT_EQ(answer.integer("killed"), 1);
    EXPECT_EQ(answer.integer("left"), 0);
}

TEST(Sessions, AnAccountsAreCountedOverAllWorkers) {
    RunningDaemon daemon("[limits]\nsessions_per_account = 3\n");
    daemon.start();
    std::vector<std::unique_ptr<LineClient>> clients;
    for (int i = 0; i < 8; ++i) {
        clients.push_back(std::make_unique<LineClient>(daemon.port()));
        EXPECT_GT(pid_said_by(*clients.back()), 0);
        clients.back()->say("enter bob");
        EXPECT_EQ(clients.back()->hear(), i < 3 ? "enter bob" : "too many") << i;
    }
    clients[0]->say("quit");
    EXPECT_TRUE(soon([&] { return sessions(daemon, of_account("bob")).size() == 2; }));
    clients[5]->say("enter bob");
    EXPECT_EQ(clients[5]->hear(), "enter bob");
}

}  // namespace
}  // namespace md::daemon
