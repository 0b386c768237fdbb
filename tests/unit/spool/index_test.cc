// The index: what is due, in order, and a log that may be lost, cut or damaged without harm

#include "spool/index.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <iterator>

#include "base/error.h"
#include "support/lossy_files.h"

namespace md::spool {
namespace {

struct SpoolIndex : testing::Test {
    SpoolIndex() {
        files.put("/spool/.keep", "");
        index.emplace(files, "/spool/index");
        index->load();
    }
    void save() { index->write(index->begin_save()); }
    void reopen() {
        index.emplace(files, "/spool/index");
        index->load();
    }
    test::LossyFiles files;
    std::optional<Index> index;
};

TEST_F(SpoolIndex, GivesWhatIsDueInOrderAndOnce) {
    index->put(QueueId(1), "retry", "example.org", 300);
    index->put(QueueId(2), "retry", "example.net", 100);
    index->put(QueueId(3), "holding", "example.net", Index::kNever);
    EXPECT_EQ(index->next_due(), 100);
    EXPECT_FALSE(index->take_due(99));
    EXPECT_EQ(index->take_due(400), QueueId(2));
    EXPECT_EQ(index->take_due(400), QueueId(1));
    EXPECT_FALSE(index->take_due(400));
    EXPECT_EQ(index->next_due(), Index::kNever);
    index->put(QueueId(2), "retry", "example.net", 100);
    EXPECT_EQ(index->take_due(400), QueueId(2));
    EXPECT_EQ(index->size(), 3U);
}

TEST_F(SpoolIndex, ALaterPutAndARemovalWin) {
    index->put(QueueId(1), "incoming", "a", 10);
    index->put(QueueId(1), "retry", "b", 500);
    EXPECT_EQ(index->next_due(), 500);
    EXPECT_EQ(index->find(QueueId(1))->state, "retry");
    index->remove(QueueId(1));
    EXPECT_FALSE(index->find(QueueId(1)));
    EXPECT_EQ(index->next_due(), Index::kNever);
}

TEST_F(SpoolIndex, ComesBackFromItsLog) {
    for (std::uint64_t i = 1; i <= 100; ++i)
        index->put(QueueId(i), i % 2 == 0 ? "retry" : "remote", "d" + std::to_string(i % 7),
                   1000 - static_cast<std::int64_t>(i));
    save();
    index->remove(QueueId(5));
    index->put(QueueId(6), "bad", "", Index::kNever);
    save();
    reopen();
    EXPECT_EQ(index->size(), 99U);
    EXPECT_FALSE(index->find(QueueId(5)));
    EXPECT_EQ(index->find(QueueId(6))->state, "bad");
    EXPECT_EQ(index->find(QueueId(8))->destination, "d1");
    EXPECT_EQ(index->next_due(), 900);
    EXPECT_FALSE(index->dirty());
}

TEST_F(SpoolIndex, IsWrittenAnewWhenItIsMostlyHistory) {
    for (int round = 0; round < 40; ++round) {
        for (std::uint64_t i = 1; i <= 4000; ++i) index->put(QueueId(i), "retry", "example.org", round);
        save();
    }
    EXPECT_LT(files.content("/spool/index")->size(), 5U << 20);
    reopen();
    EXPECT_EQ(index->size(), 4000U);
    EXPECT_EQ(index->next_due(), 39);
}

TEST_F(SpoolIndex, CutAnywhereGivesTheEntriesBefore) {
    index->put(QueueId(1), "retry", "example.org", 1);
    index->put(QueueId(2), "retry", "example.org", 2);
    save();
    const auto whole = *files.content("/spool/index");
    std::size_t before = 0;
    for (std::size_t size = 0; size <= whole.size(); ++size) {
        files.put("/spool/index", whole.substr(0, size));
        reopen();
        EXPECT_GE(index->size(), before);
        before = index->size();
        save();
        const auto after = index->size();
        reopen();
        EXPECT_EQ(index->size(), after);
    }
    EXPECT_EQ(before, 2U);
}

TEST_F(SpoolIndex, AFlippedBitEndsTheLogThere) {
    IndexEntry entry;
    entry.kind = IndexEntry::Kind::state;
    entry.text = "retry";
    const auto whole = index_header() + encode(entry);
    for (std::size_t bit = 0; bit < whole.size() * 8; ++bit) {
        auto damaged = whole;
        damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ 1 << bit % 8);
        const auto content = decode_index(damaged);
        EXPECT_TRUE(!content || content->entries.empty()) << bit;
    }
}

TEST_F(SpoolIndex, IsWrittenAnewAfterAFailure) {
    index->put(QueueId(1), "retry", "a", 1);
    save();
    index->put(QueueId(2), "retry", "a", 2);
    files.fail_operation(test::Operation::write, EIO);
    EXPECT_THROW(save(), SystemError);
    EXPECT_TRUE(index->dirty());
    save();
    reopen();
    EXPECT_EQ(index->size(), 2U);
}

TEST_F(SpoolIndex, EntriesAreAtMostEightyOctetsForNamesOfUsualLength) {
    IndexEntry put;
    put.id = QueueId(UINT64_MAX);
    EXPECT_LE(encode(put).size(), 80U);
}

TEST_F(SpoolIndex, OfTheFirstReleaseIsStillRead) {
    const char* source = std::getenv("srcdir");
    std::ifstream in(std::string(source != nullptr ? source : ".") + "/tests/fixtures/spool-index/v1.index",
                     std::ios::binary);
    const std::string file{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
    files.put("/spool/index", file);
    reopen();
    EXPECT_EQ(index->size(), 1U);
    EXPECT_EQ(index->find(QueueId(2))->destination, "example.net");
    EXPECT_EQ(index->next_due(), 1'795'602'600);
}

}  // namespace
}  // namespace md::spool
