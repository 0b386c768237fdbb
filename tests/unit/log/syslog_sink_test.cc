// tests/unit/log/syslog_sink_test.cc - log/syslog_sink.h: the datagrams themselves; loss and return are in sink_test.cc

#include "log/syslog_sink.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <string>

#include "log/logger.h"
#include "support/temporary_directory.h"

namespace md::log {
namespace {

class SyslogSinkTest : public testing::Test {
  protected:
    SyslogSinkTest() : socket_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)) {
        settings_.target = Target::syslog;
        settings_.socket = directory_ / "log";
        settings_.level = Level::debug;
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        settings_.socket.copy(address.sun_path, sizeof address.sun_path - 1);
        EXPECT_EQ(::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    }
    std::string next() const {
        char text[4096];
        const auto n = ::recv(socket_.get(), text, sizeof text, 0);
        return n < 0 ? "" : std::string(text, static_cast<std::size_t>(n));
    }

    test::TemporaryDirectory directory_;
    Fd socket_;
    Settings settings_;
};

TEST_F(SyslogSinkTest, GivesEachLevelItsSeverity) {  // RFC 3164 §4.1.1: facility mail is 2, times 8
    SyslogSink sink(settings_, {"mdtest", "", 9});
    const struct {
        Level level;
        const char* priority;
    } kLevels[] = {{Level::error, "<19>"},
                   {Level::warning, "<20>"},
                   {Level::notice, "<21>"},
                   {Level::info, "<22>"},
                   {Level::debug, "<23>"}};
    for (const auto& row : kLevels) {
        sink.write({Event::DaemonStopped, row.level, "", {}});
        EXPECT_TRUE(next().starts_with(row.priority)) << name(row.level);
    }
}

TEST_F(SyslogSinkTest, NamesTheChildThatWrites) {
    SyslogSink sink(settings_, {"mdtest", "", 9});
    sink.become({"mdtest", "session", 10});
    Logger(sink).event(Event::DaemonStopped);
    EXPECT_EQ(next(), "<21>mdtest[10]: session notice - daemon-stopped");
}

TEST_F(SyslogSinkTest, SendsOneObjectWithoutALineFeedWhereJsonIsAskedFor) {
    settings_.format = Format::json;
    SyslogSink sink(settings_, {"mdtest", "", 9});
    Logger(sink, "s1").event(Event::DaemonFailed, "a\nb");
    const auto datagram = next();
    EXPECT_TRUE(datagram.starts_with("<19>mdtest[9]: {")) << datagram;
    EXPECT_TRUE(datagram.ends_with("}")) << datagram;
    EXPECT_EQ(datagram.find('\n'), std::string::npos);
    EXPECT_NE(datagram.find(R"("cause":"a\\x0ab")"), std::string::npos) << datagram;
}

TEST_F(SyslogSinkTest, APathThatNoSocketCanHaveLosesLinesAndNothingElse) {
    settings_.socket = "/" + std::string(200, 'x');
    SyslogSink sink(settings_, {"mdtest", "", 9});
    Logger(sink).event(Event::DaemonStopped);
    EXPECT_EQ(sink.descriptor(), -1);
}

}  // namespace
}  // namespace md::log
