// tests/unit/base/files_test.cc - base/files.h on the system itself

#include "base/files.h"

#include <gtest/gtest.h>

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/error.h"
#include "support/temporary_directory.h"

namespace md {
namespace {

class RealFilesTest : public testing::Test {
  protected:
    test::TemporaryDirectory directory;
    Files& files = real_files();
};

TEST_F(RealFilesTest, WritesPiecesAtAnOffsetAndReadsThemBack) {
    const auto file = files.open(directory / "f", OpenMode::create_new);
    std::vector<std::string_view> pieces(200, "ab");
    file->write_at(3, pieces);
    EXPECT_EQ(file->info().size_bytes, 403u);
    const auto all = file->read_all(1000);
    EXPECT_EQ(all.substr(0, 5), std::string("\0\0\0ab", 5));
    EXPECT_THROW((void)file->read_all(402), SystemError);
    char octet;
    EXPECT_EQ(file->read_at(403, &octet, 1), 0u);
}

TEST_F(RealFilesTest, TellsWhatIsNotThereApartFromWhatFails) {
    EXPECT_EQ(files.open_if_there(directory / "none", OpenMode::read), nullptr);
    EXPECT_FALSE(files.info(directory / "none"));
    EXPECT_FALSE(files.list(directory / "none"));
    EXPECT_FALSE(files.unlink(directory / "none"));
    try {
        (void)files.open(directory / "none", OpenMode::read);
        FAIL() << "opened";
    } catch (const SystemError& error) {
        EXPECT_EQ(error.code(), ENOENT);
        EXPECT_EQ(error.operation(), "open");
    }
}

TEST_F(RealFilesTest, ASymbolicLinkIsNotTheFileThatItLeadsTo) {
    files.replace(directory / "another", "secret");
    ASSERT_EQ(::symlink((directory / "another").c_str(), (directory / "link").c_str()), 0);
    for (const auto mode : {OpenMode::read, OpenMode::read_write, OpenMode::create}) {
        for (const bool if_there : {false, true}) {
            try {
                (void)(if_there ? files.open_if_there(directory / "link", mode) : files.open(directory / "link", mode));
                FAIL() << "opened";
            } catch (const SystemError& error) {
                EXPECT_EQ(error.code(), ELOOP);
            }
        }
    }
    EXPECT_THROW((void)files.read(directory / "link"), SystemError);
    EXPECT_EQ(files.read_linked(directory / "link"), "secret");
    const auto before = files.info(directory / "another")->modified_ns;
    files.set_modified(directory / "link", 1'000'000'000);
    EXPECT_EQ(files.info(directory / "another")->modified_ns, before);
    EXPECT_EQ(files.link(directory / "link", directory / "hard"), LinkOutcome::done);
    EXPECT_THROW((void)files.read(directory / "hard"), SystemError);  // a link to the link, not to the file
}

TEST_F(RealFilesTest, AFifoIsNotWaitedFor) {
    ASSERT_EQ(::mkfifo((directory / "fifo").c_str(), 0600), 0);
    EXPECT_EQ(files.read(directory / "fifo"), "");
}

TEST_F(RealFilesTest, LinkTellsThatTheNameIsTaken) {
    files.replace(directory / "a", "1");
    EXPECT_EQ(files.link(directory / "a", directory / "b"), LinkOutcome::done);
    EXPECT_EQ(files.link(directory / "a", directory / "b"), LinkOutcome::exists);
    EXPECT_EQ(files.info(directory / "a")->links, 2u);
}

TEST_F(RealFilesTest, ReplaceLeavesNoTemporary) {
    files.replace(directory / "a", "1", 0640);
    files.replace(directory / "a", "22");
    EXPECT_EQ(files.read(directory / "a"), "22");
    EXPECT_EQ(files.list(directory.path())->size(), 1u);
    EXPECT_THROW(files.replace(directory / "none/a", "1"), SystemError);
}

TEST_F(RealFilesTest, LockIsSeenByAnotherDescriptor) {
    const auto one = files.open(directory / "lock", OpenMode::create);
    const auto two = files.open(directory / "lock", OpenMode::create);
    one->lock();
    EXPECT_FALSE(two->try_lock());
    one->unlock();
    EXPECT_TRUE(two->try_lock());
}

TEST_F(RealFilesTest, MakesDirectoriesWithThoseAbove) {
    files.make_directories(directory / "a/b/c");
    files.make_directories(directory / "a/b/c");
    EXPECT_TRUE(files.info(directory / "a/b/c")->directory);
    EXPECT_THROW(files.remove_directory(directory / "a/b"), SystemError);
    EXPECT_TRUE(files.remove_directory(directory / "a/b/c"));
}

}  // namespace
}  // namespace md
