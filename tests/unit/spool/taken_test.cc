// The taken log: what is finished stays finished, and nothing is finished that was not

#include "spool/taken.h"

#include <gtest/gtest.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <iterator>

#include "base/error.h"
#include "support/lossy_files.h"

namespace md::spool {
namespace {

constexpr std::uint64_t kSerial = 0x0102030405000001;
const std::string kPath = "/spool/taken/" + Taken::file_name(kSerial);

struct TakenLog : testing::Test {
    TakenLog() { files.put("/spool/taken/.keep", ""); }
    Taken open(std::uint64_t boot = 1) { return Taken(files, kPath, kSerial, boot); }
    test::LossyFiles files;
};

TEST_F(TakenLog, NamesWhatIsFinishedAfterAPowerCut) {
    auto taken = open();
    taken.finish(QueueId(5), 0);
    taken.finish(QueueId(6));
    taken.make(QueueId(6), QueueId(600));
    EXPECT_TRUE(taken.dirty());
    taken.flush();
    EXPECT_FALSE(taken.dirty());
    files.cut_now();
    files.restart(test::Restart::forget);

    auto again = open();
    EXPECT_TRUE(again.finished(QueueId(5), 0));
    EXPECT_FALSE(again.finished(QueueId(5), 1));
    EXPECT_FALSE(again.finished(QueueId(5)));
    EXPECT_TRUE(again.finished(QueueId(6), 3));
    EXPECT_TRUE(again.made(QueueId(600)));
    EXPECT_FALSE(again.made(QueueId(601)));
}

TEST_F(TakenLog, ForgetsWhatWasNotFlushed) {
    auto taken = open();
    taken.finish(QueueId(5), 0);
    EXPECT_TRUE(taken.finished(QueueId(5), 0));
    EXPECT_FALSE(open().finished(QueueId(5), 0));
}

TEST_F(TakenLog, CountsDeathsOfThisBootAlone) {
    const std::array ids{QueueId(5), QueueId(6)};
    open(1).note_attempts(ids);
    auto second = open(1);
    EXPECT_EQ(second.deaths(QueueId(5)), 1U);
    second.note_attempts(std::span(ids).first(1));
    EXPECT_EQ(second.deaths(QueueId(5)), 1U);  // its own attempt is under way
    second.finish(QueueId(6));
    second.flush();
    EXPECT_EQ(open(1).deaths(QueueId(5)), 2U);
    EXPECT_EQ(open(1).deaths(QueueId(6)), 0U);
    open(1).note_survived(std::span(ids).first(1));
    EXPECT_EQ(open(1).deaths(QueueId(5)), 0U);
    EXPECT_EQ(open(2).deaths(QueueId(5)), 0U);
}

TEST_F(TakenLog, CutAtEveryOctetKeepsTheEntriesBefore) {
    std::string whole = taken_header(kSerial);
    std::vector<std::size_t> ends{whole.size()};
    for (std::uint32_t i = 0; i < 4; ++i) {
        TakenEntry entry;
        entry.id = QueueId(i + 1);
        entry.recipient = i;
        whole += encode(entry);
        ends.push_back(whole.size());
    }
    for (std::size_t size = 0; size <= whole.size(); ++size) {
        const auto content = decode_taken(std::string_view(whole).substr(0, size), kSerial);
        ASSERT_EQ(content.has_value(), size >= ends.front());
        if (!content) continue;
        const auto count =
            static_cast<std::size_t>(std::upper_bound(ends.begin(), ends.end(), size) - ends.begin()) - 1;
        EXPECT_EQ(content->entries.size(), count);
        EXPECT_EQ(content->complete_size, ends[count]);
    }
}

TEST_F(TakenLog, EveryFlippedBitEndsTheLogThere) {
    TakenEntry entry;
    entry.kind = TakenEntry::Kind::made;
    entry.id = QueueId(1);
    entry.child = QueueId(2);
    const auto header = taken_header(kSerial);
    const auto whole = header + encode(entry);
    for (std::size_t bit = 0; bit < whole.size() * 8; ++bit) {
        auto damaged = whole;
        damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ 1 << bit % 8);
        const auto content = decode_taken(damaged, kSerial);
        EXPECT_EQ(content.has_value(), bit >= header.size() * 8) << bit;
        EXPECT_TRUE(!content || content->entries.empty()) << bit;
    }
}

TEST_F(TakenLog, GoesOnBehindATornEntry) {
    auto taken = open();
    taken.finish(QueueId(1));
    taken.flush();
    files.put(kPath, *files.content(kPath) + "torn");
    auto again = open();
    again.finish(QueueId(2));
    again.flush();
    EXPECT_TRUE(open().finished(QueueId(1)));
    EXPECT_TRUE(open().finished(QueueId(2)));
}

TEST_F(TakenLog, IsWrittenAnewAfterAFailedSync) {
    auto taken = open();
    taken.finish(QueueId(1));
    taken.flush();
    taken.finish(QueueId(2));
    files.fail_operation(test::Operation::sync_data, EIO);
    EXPECT_THROW(taken.flush(), SystemError);
    EXPECT_TRUE(taken.dirty());
    taken.flush();
    files.cut_now();
    files.restart(test::Restart::forget);
    EXPECT_TRUE(open().finished(QueueId(1)));
    EXPECT_TRUE(open().finished(QueueId(2)));
}

TEST_F(TakenLog, OfAnotherUseOfTheSegmentSaysNothing) {
    auto taken = open();
    taken.finish(QueueId(1));
    taken.flush();
    EXPECT_FALSE(Taken(files, kPath, kSerial + 1, 1).finished(QueueId(1)));
    EXPECT_EQ(Taken::parse_file_name(Taken::file_name(kSerial)), kSerial);
    EXPECT_FALSE(Taken::parse_file_name("00000000000000AB.taken"));
}

TEST_F(TakenLog, OfTheFirstReleaseIsStillRead) {
    const char* source = std::getenv("srcdir");
    std::ifstream in(std::string(source != nullptr ? source : ".") + "/tests/fixtures/taken-log/v1.taken",
                     std::ios::binary);
    const std::string file{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
    const auto content = decode_taken(file, kSerial);
    ASSERT_TRUE(content);
    ASSERT_EQ(content->entries.size(), 3U);
    EXPECT_EQ(content->entries[0].recipient, 1U);
    EXPECT_EQ(content->entries[1].child, QueueId(600));
    EXPECT_EQ(content->entries[2].boot, 9U);
    EXPECT_EQ(content->complete_size, file.size());
}

}  // namespace
}  // namespace md::spool
