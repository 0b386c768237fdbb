// tests/unit/mdctl/stats_verbs_test.cc - `mdctl stats`, with a stand-in for a daemon's parent

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>

#include "async/loop.h"
#include "base/strings.h"
#include "daemon/control_protocol.h"
#include "daemon/counter_book.h"
#include "ipc/server.h"
#include "mdctl/control.h"
#include "net/listener.h"
#include "support/mdctl_instance.h"
#include "support/memory_sink.h"

namespace md::mdctl {
namespace {

using ipc::Json;

/// What becomes of a reply before it is sent; null: nothing.
using Change = void (*)(Json&);

async::Task<ipc::Reply> answer(daemon::CounterBook& book, Change change, std::string question) {
    auto reply = book.answer(Json::parse(question).value_or(Json()));
    reply.set("gauges", Json().set("sessions", 2));
    if (change != nullptr) change(reply);
    co_return ipc::Reply(reply.dump());
}

/// A process that has counted 3 logins and 5 connections, and answers like a daemon's parent.
class StandIn {
  public:
    explicit StandIn(const std::string& socket, Change change = nullptr)
        : listening_(net::listen_unix(socket, 0600)), pid_(::fork()) {
        if (pid_ != 0) return;
        daemon::CounterBook book;
        log::count(Counter::logins, 3);
        log::count(Counter::connections, 5);
        async::Loop loop;
        test::MemorySink sink;
        ipc::Server server("stand-in", std::vector<uid_t>(1, ::geteuid()), log::Logger(sink));
        server.on(daemon::kControl,
                  [&book, change](ipc::Call call) { return answer(book, change, std::move(call.payload)); });
        async::WaitPoint never_stops;
        loop.run(server.serve(listening_.get(), never_stops));
        ::_exit(0);
    }
    ~StandIn() {
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, nullptr, 0);
    }
    StandIn(const StandIn&) = delete;
    StandIn& operator=(const StandIn&) = delete;

  private:
    Fd listening_;
    pid_t pid_;
};

class StatsVerbs : public InstanceTest {
  protected:
    StatsVerbs() { real_files().make_directories(parent_directory(socket())); }

    [[nodiscard]] std::string socket(std::string_view daemon = "mdpop3d") const {
        return control_socket(**config::load(conf_), daemon);
    }
};

TEST_F(StatsVerbs, NeedADaemon) {
    EXPECT_EQ(run({"stats"}), Exit::no_daemon);
    for (const auto daemon : kDaemons) EXPECT_TRUE(complains(daemon)) << complaint_;
    EXPECT_EQ(run({"stats", "--daemon", "mdqueue"}), Exit::no_daemon);
    EXPECT_EQ(run({"stats", "--watch"}), Exit::no_daemon);
    EXPECT_EQ(out_, "");
}

TEST_F(StatsVerbs, RefuseWhatMakesNoSense) {
    EXPECT_EQ(run({"stats", "--daemon", "mdnonsense"}), Exit::usage);
    EXPECT_EQ(run({"stats", "--since", "yesterday"}), Exit::usage);
    EXPECT_EQ(run({"stats", "--watch", "0"}), Exit::usage);
    EXPECT_EQ(run({"stats", "--watch", "x"}), Exit::usage);
    EXPECT_EQ(run({"stats", "--watch", "--reset"}), Exit::usage);
    EXPECT_EQ(run({"stats", "--watch", "--since", "2h"}), Exit::usage) << "it would end by itself after a day";
    EXPECT_EQ(run({"stats", "--watch", "--since", "start"}), Exit::no_daemon);
}

TEST_F(StatsVerbs, ShowANameAndAValueALine) {
    const StandIn daemon(socket());
    ASSERT_EQ(run({"stats", "--daemon", "mdpop3d"}), Exit::done) << complaint_;
    EXPECT_TRUE(says("pop3.connections 5\n"));
    EXPECT_TRUE(says("pop3.logins 3\n"));
    EXPECT_TRUE(says("pop3.logins_failed 0\n"));
    EXPECT_TRUE(says("pop3.sessions_now 2\n"));
    EXPECT_TRUE(says("pop3.since 20"));
    EXPECT_FALSE(says("messages_accepted")) << "another daemon counts that";
    auto lines = split(std::string_view(out_).substr(0, out_.size() - 1), '\n');
    EXPECT_TRUE(std::is_sorted(lines.begin(), lines.end())) << out_;
    for (const auto line : lines) EXPECT_TRUE(line.starts_with("pop3.") && split(line, ' ').size() == 2) << line;
}

TEST_F(StatsVerbs, AreOneFlatObject) {
    const StandIn daemon(socket());
    const auto all = json({"stats", "--daemon", "pop3"});
    EXPECT_EQ(all.integer("pop3.connections"), 5);
    EXPECT_EQ(all.integer("pop3.sessions_now"), 2);
    EXPECT_TRUE(parse_rfc3339(all.text("pop3.since"))) << all.dump();
}

TEST_F(StatsVerbs, NameTheDaemonsThatDoNotRun) {
    const StandIn daemon(socket());
    testing::internal::CaptureStderr();
    EXPECT_EQ(run({"stats"}), Exit::done) << complaint_;
    const auto said = testing::internal::GetCapturedStderr();
    EXPECT_EQ(said, "mdctl: mdsmtpd, mdimapd, mdqueue, mdfilterd: not running, without rows here\n");
    EXPECT_TRUE(says("pop3.logins 3\n"));
    EXPECT_FALSE(says("smtp."));
}

TEST_F(StatsVerbs, LeaveOutWhatAnOlderDaemonDoesNotCount) {
    const StandIn daemon(socket(), [](Json& reply) { reply.set("counters", Json().set("logins", 3)); });
    ASSERT_EQ(run({"stats", "--daemon", "pop3"}), Exit::done) << complaint_;
    EXPECT_TRUE(says("pop3.logins 3\n"));
    EXPECT_FALSE(says("pop3.connections")) << "not 0, but not known";
}

TEST_F(StatsVerbs, ShowTheOthersWhereOneHasAFault) {
    const StandIn refusing(socket("mdimapd"), [](Json& reply) { reply = Json().set("ok", false).set("error", "no"); });
    const StandIn daemon(socket());
    EXPECT_EQ(run({"stats", "--reset"}), Exit::again);
    EXPECT_TRUE(complains("mdimapd")) << complaint_;
    EXPECT_TRUE(says("pop3.logins 3\n")) << "its counters begin anew, so they are told now or never";
    EXPECT_EQ(run({"stats", "--daemon", "imap", "--reset"}), Exit::again);
    EXPECT_EQ(out_, "");
}

TEST_F(StatsVerbs, BeginAnewWhenToldTo) {
    const StandIn daemon(socket());
    const auto before = json({"stats", "--daemon", "pop3", "--reset"});
    EXPECT_EQ(before.integer("pop3.logins"), 3) << "what was counted until then";
    const auto behind = json({"stats", "--daemon", "pop3"});
    EXPECT_EQ(behind.integer("pop3.logins", -1), 0);
    EXPECT_GT(behind.text("pop3.since"), before.text("pop3.since"));
    const auto start = json({"stats", "--daemon", "pop3", "--since", "start"});
    EXPECT_EQ(start.integer("pop3.logins"), 3);
    EXPECT_EQ(start.text("pop3.since"), before.text("pop3.since"));
    EXPECT_EQ(json({"stats", "--daemon", "pop3", "--since", "2h"}).integer("pop3.logins"), 3);
    EXPECT_EQ(json({"stats", "--daemon", "pop3", "--since", "2026-01-31T08:00:00Z"}).integer("pop3.logins"), 3);
}

}  // namespace
}  // namespace md::mdctl
