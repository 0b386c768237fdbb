// tests/unit/mdctl/log_verbs_test.cc - `mdctl log follow`: files that are rotated, and the journal by a stand-in

#include <cstdlib>
#include <fstream>

#include "mdctl/log_follower.h"
#include "support/mdctl_instance.h"

namespace md::mdctl {
namespace {

using Lines = std::vector<std::string>;

class LogFollowerTest : public testing::Test {
  protected:
    static void append(const std::string& path, const std::string& text) { std::ofstream(path, std::ios::app) << text; }
    /// All that there is to read.
    Lines read() {
        Lines all;
        for (int nothing = 0; nothing < 3;) {
            const auto lines = follower_.read();
            nothing = lines.empty() ? nothing + 1 : 0;
            all.insert(all.end(), lines.begin(), lines.end());
        }
        return all;
    }

    test::TemporaryDirectory tmp_;
    std::string path_ = tmp_ / "log";
    std::string old_ = tmp_ / "log.1";
    LogFollower follower_{path_};
};

TEST_F(LogFollowerTest, BeginsAtTheEndAndGivesWholeLines) {
    append(path_, "before\n");
    follower_.begin();
    append(path_, "a\nb");
    EXPECT_EQ(read(), Lines{"a"});
    append(path_, "c\n");
    EXPECT_EQ(read(), Lines{"bc"});
}

TEST_F(LogFollowerTest, ReadsTheOldFileUntilTheNewOneIsWrittenTo) {
    append(path_, "before\n");
    follower_.begin();
    real_files().rename(path_, old_);
    append(path_, "");
    EXPECT_EQ(read(), Lines{});
    append(old_, "the daemon has not opened the new one\n");
    EXPECT_EQ(read(), Lines{"the daemon has not opened the new one"});
    append(path_, "now it has\n");
    EXPECT_EQ(read(), Lines{"now it has"});
}

TEST_F(LogFollowerTest, ReadsTheOldFileOnceMoreBeforeItGoesOver) {
    append(path_, "before\n");
    follower_.begin();
    real_files().rename(path_, old_);
    append(path_, "one has opened the new file\n");
    EXPECT_EQ(follower_.read(), Lines{});
    append(old_, "another is about to\n");
    EXPECT_EQ(read(), (Lines{"another is about to", "one has opened the new file"}));
}

TEST_F(LogFollowerTest, ReadsAFileThatWasCutFromItsBeginning) {
    append(path_, "before\n");
    follower_.begin();
    real_files().open(path_, OpenMode::read_write)->truncate(0);
    EXPECT_EQ(read(), Lines{});
    append(path_, "new\n");
    EXPECT_EQ(read(), Lines{"new"});
}

/// journalctl is a script that gives entries and ends.
class LogOfTheJournal : public InstanceTest {
  protected:
    LogOfTheJournal() {
        EXPECT_EQ(run({"config", "set", "log.target", "syslog"}), Exit::done) << complaint_;
        ::setenv("PATH", (tmp_.path() + ":" + path_).c_str(), 1);
    }
    ~LogOfTheJournal() override { ::setenv("PATH", path_.c_str(), 1); }

    void give(const std::string& entries, int code = 0) {
        real_files().replace(tmp_ / "journalctl",
                             "#!/bin/sh\necho \"$@\" >" + (tmp_ / "arguments") + "\ncat <<'E'\n" + entries +
                                 "E\nexit " + std::to_string(code) + "\n",
                             0700);
    }
    static std::string entry(const std::string& message) {
        return ipc::Json()
                   .set("__REALTIME_TIMESTAMP", "1790000000123456")
                   .set("SYSLOG_IDENTIFIER", "mdsmtpd")
                   .set("SYSLOG_PID", "12")
                   .set("MESSAGE", message)
                   .dump() +
               "\n";
    }

    const std::string path_ = std::getenv("PATH");
};

constexpr char kTime[] = "2026-09-21T14:13:20.123456Z";

TEST_F(LogOfTheJournal, IsChosenFromAsTheFileIs) {
    give(entry("session info s1 auth-refused account=bob@example.org peer=192.0.2.1:4711") +
         entry("session info s2 auth-refused account=sambob@example.org peer=192.0.2.10:4711") +
         entry("notice - started version=1") + entry("Stopping for tea") + "no entry\n");
    const std::string first = kTime + std::string(
                                          " mdsmtpd/session[12] info s1 auth-refused account=bob@example.org "
                                          "peer=192.0.2.1:4711\n");
    EXPECT_EQ(run({"log", "follow", "--ip", "192.0.2.1"}), Exit::done) << complaint_;
    EXPECT_EQ(out_, first);
    EXPECT_EQ(run({"log", "follow", "--account", "BOB@example.org"}), Exit::done) << complaint_;
    EXPECT_EQ(out_, first);
    EXPECT_EQ(run({"log", "follow"}), Exit::done) << complaint_;
    EXPECT_TRUE(says("s1 ") && says("s2 ") && says(kTime + std::string(" mdsmtpd[12] notice - started version=1\n")));
    EXPECT_FALSE(says("tea"));
    EXPECT_EQ(run({"log", "follow", "--daemon", "mdsmtpd"}), Exit::done) << complaint_;
    const auto arguments = real_files().read(tmp_ / "arguments").value_or("");
    EXPECT_NE(arguments.find("--identifier=mdsmtpd"), std::string::npos) << arguments;
    EXPECT_EQ(arguments.find("--identifier=mdqueue"), std::string::npos) << arguments;
}

TEST_F(LogOfTheJournal, IsJsonWhereItIsWanted) {
    give(entry("session info s1 auth-refused account=bob@example.org peer=192.0.2.1:4711") +
         entry("{\"time\":\"t\",\"daemon\":\"mdsmtpd\",\"session\":\"s3\",\"event\":\"e\",\"ip\":\"192.0.2.1\"}"));
    const auto expected = std::string("{\"time\":\"") + kTime +
                          "\",\"daemon\":\"mdsmtpd\",\"child\":\"session\",\"pid\":12,\"level\":\"info\",\"session\":"
                          "\"s1\",\"event\":\"auth-refused\",\"account\":\"bob@example.org\",\"peer\":"
                          "\"192.0.2.1:4711\"}\n{\"time\":\"t\",\"daemon\":\"mdsmtpd\",\"session\":\"s3\",\"event\":"
                          "\"e\",\"ip\":\"192.0.2.1\"}\n";
    EXPECT_EQ(run({"--json", "log", "follow", "--ip", "192.0.2.1"}), Exit::done) << complaint_;
    EXPECT_EQ(out_, expected);
}

TEST_F(LogOfTheJournal, ThatCannotBeReadIsAFault) {
    give("", 1);
    EXPECT_EQ(run({"log", "follow"}), Exit::again);
}

}  // namespace
}  // namespace md::mdctl
