// tests/unit/log/descriptor_sink_test.cc - log/descriptor_sink.h: threads, children and a log that takes nothing

#include "log/descriptor_sink.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <set>
#include <sstream>
#include <thread>
#include <vector>

#include "log/logger.h"
#include "support/temporary_directory.h"

namespace md::log {
namespace {

class DescriptorSinkTest : public testing::Test {
  protected:
    DescriptorSinkTest() {
        settings_.target = Target::file;
        settings_.file = directory_ / "log";
    }
    std::vector<std::string> lines() const {
        std::ifstream in(settings_.file);
        std::vector<std::string> all;
        for (std::string line; std::getline(in, line);) all.push_back(line);
        return all;
    }

    test::TemporaryDirectory directory_;
    Settings settings_;
};

TEST_F(DescriptorSinkTest, KeepsTheLinesOfManyThreadsWhole) {
    {
        DescriptorSink sink(settings_, {"mdtest", "", 9});
        sink.start_thread();
        std::vector<std::thread> writers;
        for (int i = 0; i < 8; ++i)
            writers.emplace_back([&sink, i] {
                const Logger log(sink);
                for (int n = 0; n < 200; ++n) log.event(Event::DaemonFailed, std::to_string(i * 1000 + n));
            });
        for (auto& writer : writers) writer.join();
    }
    const auto all = lines();
    ASSERT_EQ(all.size(), 1600U);
    std::set<std::string> causes;
    for (const auto& line : all) {
        const auto at = line.find("mdtest[9] error - daemon-failed cause=");
        ASSERT_NE(at, std::string::npos) << line;
        causes.insert(line.substr(at));
    }
    EXPECT_EQ(causes.size(), 1600U);
}

TEST_F(DescriptorSinkTest, IsAnothersInAChild) {
    DescriptorSink sink(settings_, {"mdtest", "", 9});
    const auto child = ::fork();
    if (child == 0) {
        sink.become({"mdtest", "session", 10});
        sink.start_thread();
        Logger(sink).event(Event::DaemonStopped);
        sink.finish();  // the process leaves without destructors
        ::_exit(0);
    }
    ::waitpid(child, nullptr, 0);
    Logger(sink).event(Event::DaemonStopped);
    const auto all = lines();
    ASSERT_EQ(all.size(), 2U);
    EXPECT_NE(all[0].find("mdtest/session[10]"), std::string::npos) << all[0];
    EXPECT_NE(all[1].find("mdtest[9]"), std::string::npos) << all[1];
}

TEST_F(DescriptorSinkTest, WritesAtOnceAgainAfterItsThreadHasEnded) {
    DescriptorSink sink(settings_, {"mdtest", "", 9});
    sink.start_thread();
    sink.start_thread();  // once is enough
    Logger(sink).event(Event::DaemonStopped);
    sink.finish();
    EXPECT_EQ(lines().size(), 1U);
    Logger(sink).event(Event::DaemonStopped);
    EXPECT_EQ(lines().size(), 2U);
}

TEST_F(DescriptorSinkTest, HoldsNoMoreThanItsBufferWhenNobodyReads) {
    ASSERT_EQ(::mkfifo(settings_.file.c_str(), 0600), 0);
    const Fd reader(::open(settings_.file.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC));
    settings_.buffer_bytes = 10'000;
    DescriptorSink sink(settings_, {"mdtest", "", 9});
    sink.start_thread();
    const Logger log(sink);
    const std::string filler(1000, 'f');
    for (int i = 0; i < 1000; ++i) log.event(Event::DaemonFailed, filler);  // a megabyte: pipe and buffer are full
    std::string got;
    std::string piece(1U << 16U, '\0');
    for (int i = 0; i < 500 && got.find("log-dropped count=") == std::string::npos; ++i) {
        log.event(Event::DaemonStopped);
        const auto n = ::read(reader.get(), piece.data(), piece.size());
        if (n > 0) got.append(piece, 0, static_cast<std::size_t>(n));
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    EXPECT_NE(got.find("log-dropped count="), std::string::npos);
}

TEST_F(DescriptorSinkTest, EndsInTimeWhenNobodyEverReads) {
    ASSERT_EQ(::mkfifo(settings_.file.c_str(), 0600), 0);
    const Fd reader(::open(settings_.file.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC));
    {
        DescriptorSink sink(settings_, {"mdtest", "", 9});
        sink.start_thread();
        const std::string filler(1000, 'f');
        for (int i = 0; i < 500; ++i) Logger(sink).event(Event::DaemonFailed, filler);
    }
    SUCCEED();  // it did: the driver's time limit would have said otherwise
}

TEST_F(DescriptorSinkTest, KeepsItsFileFromOthers) {
    DescriptorSink sink(settings_, {"mdtest", "", 9});
    EXPECT_GE(sink.descriptor(), 0);
    struct stat info {};
    ASSERT_EQ(::fstat(sink.descriptor(), &info), 0);
    EXPECT_EQ(info.st_mode & 0007, 0U);
}

}  // namespace
}  // namespace md::log
