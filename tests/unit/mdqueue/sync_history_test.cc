// tests/unit/mdqueue/sync_history_test.cc - a failed sync is not forgotten within the boot

#include "mdqueue/sync_history.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <iterator>

#include "base/error.h"
#include "support/lossy_files.h"

namespace md::mdqueue {
namespace {

constexpr const char* kPath = "/spool/taken/sync";

struct SyncHistoryTest : testing::Test {
    SyncHistoryTest() { files.make_directories("/spool/taken"); }
    bool doubtful(std::uint64_t boot) { return SyncHistory(files, kPath, boot).doubtful_past(); }
    test::LossyFiles files;
};

TEST_F(SyncHistoryTest, IsGoodWhileEverySyncIs) {
    SyncHistory history(files, kPath, 1);
    EXPECT_FALSE(history.doubtful_past());
    history.begin();
    history.end(true);
    EXPECT_EQ(history.failures(), 0U);
    EXPECT_FALSE(doubtful(1));
}

TEST_F(SyncHistoryTest, OneFailureCountsForTheBoot) {
    SyncHistory history(files, kPath, 1);
    history.begin();
    history.end(false);
    history.begin();
    history.end(true);
    EXPECT_EQ(history.failures(), 1U);
    EXPECT_TRUE(doubtful(1));
    EXPECT_FALSE(doubtful(2));
    SyncHistory next(files, kPath, 1);
    next.begin();
    next.end(true);
    EXPECT_TRUE(doubtful(1)) << "what the first left may not have been met yet";
}

TEST_F(SyncHistoryTest, ASyncThatWasNotSeenToEndIsDoubtful) {
    SyncHistory(files, kPath, 1).begin();
    EXPECT_TRUE(doubtful(1));
}

TEST_F(SyncHistoryTest, NoMarkNoSync) {
    SyncHistory history(files, kPath, 1);
    files.fail_operation(test::Operation::write, ENOSPC);
    EXPECT_THROW(history.begin(), SystemError);
    EXPECT_EQ(history.failures(), 0U);
}

TEST_F(SyncHistoryTest, WhatIsNoMarkIsDoubtful) {
    for (const auto* text : {"", "MDSYNC", "something quite different"}) {
        files.put(kPath, text);
        EXPECT_TRUE(doubtful(1)) << text;
    }
    auto mark = encode(SyncMark{1, false});
    mark.back() ^= 1;
    files.put(kPath, mark);
    EXPECT_TRUE(doubtful(1));
}

TEST(SyncMark, OfTheFirstReleaseIsStillRead) {
    const char* source = std::getenv("srcdir");
    std::ifstream in(std::string(source != nullptr ? source : ".") + "/tests/fixtures/sync-mark/v1.mark",
                     std::ios::binary);
    const std::string file{std::istreambuf_iterator<char>(in), {}};
    const auto mark = decode_sync_mark(file, 1);
    EXPECT_EQ(mark.boot, 0x0123456789abcdefU);
    EXPECT_TRUE(mark.doubtful);
    EXPECT_EQ(encode(mark), file);
}

}  // namespace
}  // namespace md::mdqueue
