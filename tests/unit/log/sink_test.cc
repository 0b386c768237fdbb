#include "log/sink.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <cstring>
#include <fstream>
#include <sstream>

#include "base/error.h"
#include "base/fd.h"
#include "log/logger.h"
#include "support/temporary_directory.h"

namespace md::log {
namespace {

const Writer kWriter{"mdtest", "", 9};

std::string content(const std::string& path) {
    std::ifstream in(path);
    std::stringstream text;
    text << in.rdbuf();
    return text.str();
}

std::size_t count(const std::string& text, const std::string& what) {
    std::size_t n = 0;
    for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++n;
    return n;
}

class Sinks : public ::testing::Test {
  protected:
    Settings file_settings() {
        Settings settings;
        settings.target = Target::file;
        settings.file = path("log");
        return settings;
    }
    std::string path(const std::string& name) { return directory_.path() + "/" + name; }

    test::TemporaryDirectory directory_;
};

TEST_F(Sinks, WriteToAFileAtOnceBeforeTheThread) {
    const auto sink = open_sink(file_settings(), kWriter);
    Logger(*sink).event(Event::DaemonStopped);
    EXPECT_NE(content(path("log")).find("mdtest[9] notice - daemon-stopped\n"), std::string::npos);
}

TEST_F(Sinks, WriteAllThatWaitsWhenTheyEnd) {
    {
        const auto sink = open_sink(file_settings(), kWriter);
        sink->start_thread();
        for (int i = 0; i < 1000; ++i) Logger(*sink).event(Event::DaemonStopped);
    }
    EXPECT_EQ(count(content(path("log")), "daemon-stopped\n"), 1000U);
}

TEST_F(Sinks, LeaveOutWhatIsLessImportantThanWanted) {
    auto settings = file_settings();
    settings.level = Level::error;
    const auto sink = open_sink(settings, kWriter);
    Logger(*sink).event(Event::DaemonStopped);
    Logger(*sink).event(Event::DaemonFailed, "why");
    EXPECT_EQ(count(content(path("log")), "\n"), 1U);
}

TEST_F(Sinks, GoOnInANewFileAfterReopen) {
    const auto sink = open_sink(file_settings(), kWriter);
    Logger(*sink).event(Event::DaemonStopped);
    ASSERT_EQ(::rename(path("log").c_str(), path("old").c_str()), 0);
    sink->reopen();
    Logger(*sink).event(Event::DaemonFailed, "x");
    EXPECT_EQ(count(content(path("old")), "\n"), 1U);
    EXPECT_NE(content(path("log")).find("daemon-failed"), std::string::npos);
}

TEST_F(Sinks, ThatCannotOpenTheirFileSaySo) {
    auto settings = file_settings();
    settings.file = path("none/log");
    EXPECT_THROW((void)open_sink(settings, kWriter), SystemError);
}

TEST_F(Sinks, CountWhatAFullPipeDoesNotTake) {
    // A FIFO whose reader reads nothing: opened read-write, so that nobody waits for the other side.
    ASSERT_EQ(::mkfifo(path("log").c_str(), 0600), 0);
    const Fd reader(::open(path("log").c_str(), O_RDWR | O_NONBLOCK));
    const auto sink = open_sink(file_settings(), kWriter);
    const std::string filler(1000, 'f');
    for (int i = 0; i < 200; ++i) Logger(*sink).event(Event::DaemonFailed, filler);
    std::string buffer(1U << 20U, '\0');
    ASSERT_GT(::read(reader.get(), buffer.data(), buffer.size()), 0);
    Logger(*sink).event(Event::DaemonStopped);
    const auto n = ::read(reader.get(), buffer.data(), buffer.size());
    ASSERT_GT(n, 0);
    const auto rest = buffer.substr(0, static_cast<std::size_t>(n));
    EXPECT_NE(rest.find("log-dropped count="), std::string::npos) << rest;
    EXPECT_NE(rest.find("daemon-stopped"), std::string::npos) << rest;
}

class Syslog : public Sinks {
  protected:
    Fd listen() {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        const auto name = path("dev-log");
        std::memcpy(address.sun_path, name.c_str(), name.size() + 1);
        Fd fd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0));
        EXPECT_EQ(::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
        return fd;
    }
    static std::string receive(const Fd& fd) {
        char text[2048];
        const auto n = ::recv(fd.get(), text, sizeof text, 0);
        return n < 0 ? "" : std::string(text, static_cast<std::size_t>(n));
    }
    Settings syslog_settings() {
        Settings settings;
        settings.target = Target::syslog;
        settings.socket = path("dev-log");
        return settings;
    }
};

TEST_F(Syslog, GetsPriorityTagAndBody) {
    const auto socket = listen();
    const auto sink = open_sink(syslog_settings(), kWriter);
    Logger(*sink, "s").event(Event::DaemonFailed, "no");
    EXPECT_EQ(receive(socket), "<19>mdtest[9]: error s daemon-failed cause=no");  // mail (2) * 8 + err (3)
}

TEST_F(Syslog, ThatIsRestartedIsFoundAgainAndToldWhatWasLost) {
    const auto sink = open_sink(syslog_settings(), kWriter);
    Logger(*sink).event(Event::DaemonStopped);  // nobody there
    auto socket = listen();
    Logger(*sink).event(Event::DaemonStopped);
    EXPECT_EQ(receive(socket), "<20>mdtest[9]: warning - log-dropped count=1");
    EXPECT_EQ(receive(socket), "<21>mdtest[9]: notice - daemon-stopped");
    socket.reset();
    ASSERT_EQ(::unlink(path("dev-log").c_str()), 0);
    socket = listen();
    Logger(*sink).event(Event::DaemonStopped);
    EXPECT_EQ(receive(socket), "<21>mdtest[9]: notice - daemon-stopped");
}

TEST_F(Syslog, ThatIsFullNeverHoldsUpTheWriter) {
    const auto socket = listen();
    const auto sink = open_sink(syslog_settings(), kWriter);
    for (int i = 0; i < 5000; ++i) Logger(*sink).event(Event::DaemonStopped);
    while (!receive(socket).empty()) continue;
    Logger(*sink).event(Event::DaemonStopped);
    EXPECT_NE(receive(socket).find("log-dropped"), std::string::npos);
}

}  // namespace
}  // namespace md::log
