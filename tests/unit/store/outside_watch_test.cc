// Directories that others touch: told, told once, told no more, and told of after their removal

#include "store/outside_watch.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <string>

#include "support/temporary_directory.h"

namespace md::store {
namespace {

namespace fs = std::filesystem;
using Ids = std::set<std::string>;

class OutsideWatchTest : public testing::Test {
  protected:
    OutsideWatchTest() {
        for (const auto* maildir : {"/a", "/b"})
            for (const auto* name : {"/new", "/cur", "/tmp"}) fs::create_directories(folder_.path() + maildir + name);
    }
    void touch(const std::string& path) const { std::ofstream(folder_.path() + path) << "x"; }
    OutsideWatch::Touched drained() {
        OutsideWatch::Touched touched;
        watch_.drain(touched);
        return touched;
    }
    void join_and_arm(const std::string& id, const std::string& maildir) {
        watch_.join(id);
        ASSERT_EQ(watch_.arm(id, folder_.path() + maildir), 0);
    }

    md::test::TemporaryDirectory folder_;
    OutsideWatch watch_;
};

TEST_F(OutsideWatchTest, TellsOfNewRenamedAndRemovedFilesOnce) {
    join_and_arm("A", "/a");
    join_and_arm("B", "/b");
    EXPECT_EQ(drained().mailbox_ids, Ids{});
    touch("/a/new/1");
    touch("/a/new/2");
    touch("/b/tmp/3");
    EXPECT_EQ(drained().mailbox_ids, Ids{"A"});
    EXPECT_EQ(drained().mailbox_ids, Ids{});
    fs::rename(folder_.path() + "/a/new/1", folder_.path() + "/a/cur/1:2,");
    EXPECT_EQ(drained().mailbox_ids, Ids{"A"});
    fs::rename(folder_.path() + "/b/tmp/3", folder_.path() + "/b/new/3");
    fs::remove(folder_.path() + "/a/new/2");
    EXPECT_EQ(drained().mailbox_ids, (Ids{"A", "B"}));
}

TEST_F(OutsideWatchTest, TellsForAsLongAsSomebodyIsThere) {
    join_and_arm("A", "/a");
    join_and_arm("A", "/a");
    watch_.leave("A");
    touch("/a/new/1");
    EXPECT_EQ(drained().mailbox_ids, Ids{"A"});
    watch_.leave("A");
    touch("/a/new/2");
    EXPECT_EQ(drained().mailbox_ids, Ids{});
    join_and_arm("A", "/a");
    touch("/a/new/3");
    EXPECT_EQ(drained().mailbox_ids, Ids{"A"});
}

TEST_F(OutsideWatchTest, FollowsADirectoryThatIsRenamedAndForgetsOneThatIsRemoved) {
    join_and_arm("A", "/a");
    fs::rename(folder_.path() + "/a", folder_.path() + "/c");
    touch("/c/new/1");
    EXPECT_EQ(drained().mailbox_ids, Ids{"A"});
    fs::remove_all(folder_.path() + "/c");
    EXPECT_EQ(drained().mailbox_ids, Ids{"A"});
    join_and_arm("A", "/b");
    touch("/b/cur/1:2,");
    EXPECT_EQ(drained().mailbox_ids, Ids{"A"});
}

TEST_F(OutsideWatchTest, ADirectoryThatWasReplacedIsWatchedAnewAndItsEndIsNoFault) {
    join_and_arm("A", "/a");
    fs::rename(folder_.path() + "/a/new", folder_.path() + "/old");
    fs::create_directory(folder_.path() + "/a/new");
    EXPECT_EQ(drained().mailbox_ids, Ids{"A"});
    EXPECT_FALSE(watch_.is_armed("A"));
    ASSERT_EQ(watch_.arm("A", folder_.path() + "/a"), 0);
    EXPECT_TRUE(watch_.is_armed("A"));
    fs::remove_all(folder_.path() + "/a/cur");
    touch("/a/new/1");
    EXPECT_EQ(drained().mailbox_ids, Ids{"A"});
    EXPECT_FALSE(watch_.is_armed("A"));
    fs::create_directory(folder_.path() + "/a/cur");
    ASSERT_EQ(watch_.arm("A", folder_.path() + "/a"), 0);
    watch_.leave("A");
    fs::remove_all(folder_.path() + "/old");
    fs::remove_all(folder_.path() + "/a");
    EXPECT_TRUE(drained().none());
}

TEST_F(OutsideWatchTest, AMaildirUnderAnotherIdIsThatOnes) {
    join_and_arm("A", "/a");
    join_and_arm("B", "/a");
    EXPECT_FALSE(watch_.is_armed("A"));
    watch_.leave("A");
    touch("/a/new/1");
    EXPECT_EQ(drained().mailbox_ids, Ids{"B"});
    watch_.leave("B");
}

TEST_F(OutsideWatchTest, SaysWhyItSeesNothing) {
    watch_.join("A");
    EXPECT_EQ(watch_.arm("A", folder_.path() + "/nowhere"), ENOENT);
    EXPECT_EQ(watch_.arm("A", folder_.path() + "/a"), 0);
}

TEST_F(OutsideWatchTest, SaysThatSomeWereLost) {
    join_and_arm("A", "/a");
    std::ifstream in("/proc/sys/fs/inotify/max_queued_events");
    unsigned most = 0;
    ASSERT_TRUE(in >> most);
    if (most > 50'000) GTEST_SKIP() << "a queue of " << most;
    touch("/a/new/1");
    for (unsigned i = 0; i <= most / 2; ++i) {
        fs::rename(folder_.path() + "/a/new/1", folder_.path() + "/a/new/2");
        fs::rename(folder_.path() + "/a/new/2", folder_.path() + "/a/new/1");
    }
    bool lost = false;
    for (auto told = drained(); !told.none(); told = drained()) lost = lost || told.look_at_all;
    EXPECT_TRUE(lost);
}

}  // namespace
}  // namespace md::store
