// tests/crash/lossy_files_test.cc - the double itself keeps its word, in both directions: it loses what may be lost and
// nothing else

#include "support/lossy_files.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <set>
#include <stdexcept>
#include <thread>

#include "base/error.h"

namespace md::test {
namespace {

constexpr std::uint64_t kSeeds = 200;

std::string text(char letter, std::size_t size = 10'000) {
    return std::string(size, letter);
}

void write_file(Files& files, const std::string& path, std::string_view content) {
    files.open(path, OpenMode::create)->write_at(0, content);
}

int code_of(const std::function<void()>& act) {
    try {
        act();
    } catch (const SystemError& error) {
        return error.code();
    }
    return 0;
}

/// Every content (or "absent") that `path` can have after a cut at the end of `act`.
std::set<std::string> outcomes(const std::function<void(LossyFiles&)>& act, const std::string& path) {
    std::set<std::string> seen;
    for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
        LossyFiles files;
        files.put("/d/x", text('o'));
        files.put("/e/other", "");
        act(files);
        files.restart(Restart::any_subset, seed);
        seen.insert(files.content(path).value_or("absent"));
    }
    return seen;
}

TEST(LossyFiles, KeepsInMemoryWhatWasWritten) {
    LossyFiles files;
    files.make_directory("/d");
    write_file(files, "/d/x", "abc");
    EXPECT_EQ(files.read("/d/x"), "abc");
    files.rename("/d/x", "/d/y");
    EXPECT_EQ(files.read("/d/x"), std::nullopt);
    EXPECT_EQ(files.read("/d/y"), "abc");
    EXPECT_EQ(files.list("/d"), std::vector<std::string>{"y"});
    EXPECT_EQ(files.list("/none"), std::nullopt);
}

TEST(LossyFiles, ForgetsDataThatWasNotSynced) {
    LossyFiles files;
    files.put("/d/x", "old");
    const auto file = files.open("/d/x", OpenMode::read_write);
    file->write_at(0, "new");
    file->write_at(3, " and more");
    EXPECT_EQ(files.read("/d/x"), "new and more");
    files.restart(Restart::forget);
    EXPECT_EQ(files.read("/d/x"), "old");
}

TEST(LossyFiles, SyncDataKeepsDataAndSize) {
    LossyFiles files;
    files.put("/d/x", "old");
    const auto file = files.open("/d/x", OpenMode::read_write);
    file->write_at(3, text('n'));
    file->sync_data();
    file->write_at(0, "zzz");
    files.restart(Restart::forget);
    EXPECT_EQ(files.read("/d/x"), "old" + text('n'));
}

TEST(LossyFiles, SyncOfANewFileSaysNothingOfItsName) {
    LossyFiles strict;
    const auto file = strict.open("/x", OpenMode::create_new);
    file->write_at(0, "abc");
    file->sync();
    strict.restart(Restart::forget);
    EXPECT_EQ(strict.read("/x"), std::nullopt);
}

TEST(LossyFiles, AsExt4SyncOfANewFileKeepsItsNameButNotTheNextOne) {
    LossyFiles::Options options;
    options.sync_commits_new_name = true;
    LossyFiles files(options);
    const auto file = files.open("/x", OpenMode::create_new);
    file->write_at(0, "abc");
    file->sync();
    files.rename("/x", "/y");
    files.restart(Restart::forget);
    EXPECT_EQ(files.read("/x"), "abc");
    EXPECT_EQ(files.read("/y"), std::nullopt);
}

TEST(LossyFiles, AsExt4SyncOfANewFileComesAfterWhatWasDoneToItsNameBefore) {
    LossyFiles::Options options;
    options.sync_commits_new_name = true;
    LossyFiles files(options);
    files.put("/d/x", "old");
    files.unlink("/d/x");
    const auto file = files.open("/d/x", OpenMode::create_new);
    file->write_at(0, "new");
    file->sync();
    files.sync_directory("/d");
    files.restart(Restart::forget);
    EXPECT_EQ(files.read("/d/x"), "new");
}

TEST(LossyFiles, NamesAreKeptBySyncOfTheirDirectory) {
    LossyFiles files;
    files.make_directory("/d");
    write_file(files, "/d/x", "abc");
    files.sync_directory("/d");
    files.restart(Restart::forget);
    EXPECT_EQ(files.info("/d"), std::nullopt) << "the name of the directory itself was not synced";

    files.make_directories("/d/e");
    files.open("/d/e/x", OpenMode::create)->sync();
    files.sync_directory("/d/e");
    files.restart(Restart::forget);
    EXPECT_EQ(files.read("/d/e/x"), "");
}

TEST(LossyFiles, UnsyncedUnlinkComesBack) {
    LossyFiles files;
    files.put("/d/x", "abc");
    EXPECT_TRUE(files.unlink("/d/x"));
    EXPECT_FALSE(files.unlink("/d/x"));
    files.restart(Restart::forget);
    EXPECT_EQ(files.read("/d/x"), "abc");
    EXPECT_TRUE(files.unlink("/d/x"));
    files.sync_directory("/d");
    files.restart(Restart::forget);
    EXPECT_EQ(files.read("/d/x"), std::nullopt);
}

TEST(LossyFiles, SyncFilesystemKeepsAllOfItsOwn) {
    LossyFiles files;
    files.put("/a/x", "");
    files.mount("/other");
    write_file(files, "/a/x", "one");
    write_file(files, "/other/y", "two");
    EXPECT_EQ(files.link("/a/x", "/other/x"), LinkOutcome::other_filesystem);
    EXPECT_EQ(code_of([&] { files.rename("/a/x", "/other/x"); }), EXDEV);
    files.open_directory("/a")->sync_filesystem();
    files.restart(Restart::forget);
    EXPECT_EQ(files.read("/a/x"), "one");
    EXPECT_EQ(files.read("/other/y"), std::nullopt);
}

TEST(LossyFiles, RenameWithoutSyncCanLoseTheData) {
    const auto seen = outcomes(
        [](LossyFiles& files) {
            write_file(files, "/d/x.new", text('n'));
            files.rename("/d/x.new", "/d/x");
        },
        "/d/x");
    EXPECT_TRUE(seen.contains(text('o')));
    EXPECT_TRUE(seen.contains(text('n')));
    EXPECT_TRUE(seen.contains("")) << "the name without the data";
    EXPECT_TRUE(seen.contains(std::string(10'000, '\0'))) << "the size without the data";
    EXPECT_GT(seen.size(), 6U) << "parts of it";
    EXPECT_FALSE(seen.contains("absent"));
}

TEST(LossyFiles, ReplaceIsOldOrNewAndNewOnceItReturned) {
    const auto whole = outcomes([](LossyFiles& files) { files.replace("/d/x", text('n')); }, "/d/x");
    EXPECT_EQ(whole, std::set<std::string>{text('n')});
    for (std::uint64_t step = 1; step <= 5; ++step)
        for (const auto where : {Cut::before, Cut::halfway}) {
            const auto seen = outcomes(
                [&](LossyFiles& files) {
                    files.cut_at(step, where);
                    EXPECT_THROW(files.replace("/d/x", text('n')), PowerCut);
                },
                "/d/x");
            for (const auto& content : seen) EXPECT_TRUE(content == text('o') || content == text('n')) << step;
        }
}

TEST(LossyFiles, RenameNeverLosesBothNames) {
    bool both = false;
    for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
        LossyFiles files;
        files.put("/d/x", "abc");
        files.put("/e/y", "");
        files.rename("/d/x", "/e/x");
        if (seed % 2 == 1) files.sync_directory("/d");
        files.restart(Restart::any_subset, seed);
        const auto old_name = files.read("/d/x");
        const auto new_name = files.read("/e/x");
        ASSERT_TRUE(old_name == "abc" || new_name == "abc") << seed;
        ASSERT_FALSE(seed % 2 == 1 && old_name) << "its removal was synced";
        if (old_name && new_name) both = true;
    }
    EXPECT_TRUE(both);
}

TEST(LossyFiles, UnlinkCanOutrunTheRenameThatFollowedIt) {
    const auto seen = outcomes(
        [](LossyFiles& files) {
            files.unlink("/d/x");
            files.rename("/e/other", "/d/x");
        },
        "/d/x");
    EXPECT_EQ(seen, (std::set<std::string>{"absent", "", text('o')}));
}

TEST(LossyFiles, ASyncKeepsTheOrderOfWhatWasDoneToAName) {
    LossyFiles files;
    files.put("/d/x", "new");
    files.put("/e/x", "old");
    files.unlink("/e/x");
    files.rename("/d/x", "/e/x");
    files.open_directory("/")->sync_filesystem();
    files.cut_now();
    files.restart(Restart::forget, 0);
    EXPECT_EQ(files.read("/e/x"), "new");
    EXPECT_FALSE(files.read("/d/x"));
}

TEST(LossyFiles, SyncedDataStandsWhateverElseSurvives) {
    const auto seen = outcomes(
        [](LossyFiles& files) {
            const auto file = files.open("/d/x", OpenMode::read_write);
            file->write_at(0, text('n'));
            file->sync_data();
            file->write_at(20'000, text('z'));
        },
        "/d/x");
    for (const auto& content : seen) EXPECT_EQ(content.substr(0, 10'000), text('n'));
    EXPECT_GT(seen.size(), 4U);
}

TEST(LossyFiles, PagesSurviveOneByOneAndTorn) {
    bool torn = false;
    bool later_without_earlier = false;
    for (const auto& content : outcomes(
             [](LossyFiles& files) {
                 const auto file = files.open("/d/x", OpenMode::read_write);
                 file->write_at(0, text('1', 4096));
                 file->write_at(4096, text('2', 4096));
             },
             "/d/x")) {
        if (content.substr(0, 4096).find_first_not_of(content[0]) != std::string::npos) torn = true;
        if (content.substr(0, 4096) == text('o', 4096) && content.substr(4096, 4096) == text('2', 4096))
            later_without_earlier = true;
    }
    EXPECT_TRUE(torn);
    EXPECT_TRUE(later_without_earlier);
}

TEST(LossyFiles, SameSeedSameOutcome) {
    const auto once = [](std::uint64_t seed) {
        LossyFiles files;
        files.put("/d/x", text('o'));
        for (char c = 'a'; c < 'k'; ++c) write_file(files, std::string("/d/") + c, text(c));
        files.restart(Restart::any_subset, seed);
        std::string all;
        for (const auto& path : files.tree()) all += path + files.content(path).value_or("");
        return all;
    };
    EXPECT_EQ(once(77), once(77));
    EXPECT_NE(once(77), once(78));
}

TEST(LossyFiles, AfterTheCutEveryCallThrowsUntilRestart) {
    LossyFiles files;
    files.put("/d/x", "abc");
    const auto file = files.open("/d/x", OpenMode::read_write);
    file->lock();
    files.cut_at(files.steps() + 2);
    file->write_at(0, "1");
    EXPECT_THROW(file->write_at(0, "2"), PowerCut);
    EXPECT_TRUE(files.is_cut());
    EXPECT_EQ(files.last_step(), "write /d/x");
    EXPECT_THROW((void)files.info("/d/x"), PowerCut);
    EXPECT_THROW((void)files.list("/d"), PowerCut);
    EXPECT_THROW(files.rename("/d/x", "/d/y"), PowerCut);
    EXPECT_NO_THROW(file->unlock());
    files.restart(Restart::forget);
    EXPECT_THROW((void)file->info(), PowerCut) << "a file opened before the restart";
    const auto again = files.open("/d/x", OpenMode::read_write);
    EXPECT_TRUE(again->try_lock());
}

TEST(LossyFiles, ADestructorMayCleanUpWhileThePowerGoes) {
    struct CleansUp {
        Files& files;
        int* code;
        ~CleansUp() {
            *code = code_of([&] { files.unlink("/d/x"); });
        }
    };
    LossyFiles files;
    files.put("/d/x", "abc");
    files.cut_at(files.steps() + 1);
    int code = 0;
    const auto act = [&] {
        const CleansUp guard{files, &code};
        files.unlink("/d/x");
    };
    EXPECT_THROW(act(), PowerCut);
    EXPECT_EQ(code, EIO);
}

TEST(LossyFiles, ACutHalfwayLeavesHalfAWrite) {
    LossyFiles files;
    files.put("/d/x", "");
    const auto file = files.open("/d/x", OpenMode::read_write);
    files.cut_at(files.steps() + 1, Cut::halfway);
    EXPECT_THROW(file->write_at(0, "12345678"), PowerCut);
    files.restart(Restart::any_subset, 4);
    EXPECT_EQ(files.read("/d/x"), "1234");
}

TEST(LossyFiles, ProcessesMayDieWithoutThePowerGoing) {
    LossyFiles files;
    files.put("/d/x", "");
    files.open("/d/x", OpenMode::read_write)->write_at(0, "abc");
    files.cut_now();
    files.restart(Restart::process);
    EXPECT_EQ(files.read("/d/x"), "abc");
    files.restart(Restart::forget);
    EXPECT_EQ(files.read("/d/x"), "") << "which made it no more durable";
}

TEST(LossyFiles, AFailedSyncIsFinal) {
    LossyFiles files;
    files.put("/d/x", text('o'));
    const auto file = files.open("/d/x", OpenMode::read_write);
    file->write_at(0, "lost");
    files.fail_operation(Operation::sync_data, EIO);
    EXPECT_EQ(code_of([&] { file->sync_data(); }), EIO);
    EXPECT_EQ(files.faults_met(), 1U);
    EXPECT_NO_THROW(file->sync_data());
    EXPECT_NO_THROW(files.open_directory("/d")->sync_filesystem());
    EXPECT_EQ(files.read("/d/x")->substr(0, 4), "lost") << "in memory";
    files.restart(Restart::forget);
    EXPECT_EQ(files.read("/d/x"), text('o'));
}

TEST(LossyFiles, AfterAFailedSyncAPageWrittenAnewIsWhole) {
    LossyFiles files;
    files.put("/d/x", text('o'));
    const auto file = files.open("/d/x", OpenMode::read_write);
    file->write_at(0, "lost");
    file->write_at(5'000, "gone");
    files.fail_operation(Operation::sync, EIO);
    EXPECT_EQ(code_of([&] { file->sync(); }), EIO);
    file->write_at(10, "again");
    file->sync();
    files.restart(Restart::forget);
    EXPECT_EQ(files.read("/d/x")->substr(0, 15), "lostooooooagain");
    EXPECT_EQ(files.read("/d/x")->substr(5'000, 4), "oooo");
}

TEST(LossyFiles, AFailedSyncOfADirectoryIsFinalToo) {
    LossyFiles files;
    files.put("/d/x", "");
    write_file(files, "/d/y", "");
    files.fail_operation(Operation::sync_directory, EIO);
    EXPECT_EQ(code_of([&] { files.sync_directory("/d"); }), EIO);
    files.sync_directory("/d");
    files.restart(Restart::forget);
    EXPECT_EQ(files.read("/d/y"), std::nullopt);
}

TEST(LossyFiles, RefusesTheStepItIsToldTo) {
    LossyFiles files;
    files.put("/d/x", "");
    files.fail_at_step(files.steps() + 2, ENOSPC, 2);
    const auto file = files.open("/d/x", OpenMode::read_write);
    EXPECT_NO_THROW(file->write_at(0, "a"));
    EXPECT_EQ(code_of([&] { file->write_at(1, "bcde"); }), ENOSPC);
    EXPECT_EQ(files.read("/d/x"), "abc") << "a write that fails may have begun";
    EXPECT_EQ(code_of([&] { files.rename("/d/x", "/d/y"); }), ENOSPC);
    EXPECT_NO_THROW(files.rename("/d/x", "/d/y"));
}

TEST(LossyFiles, RefusesByOperationAndPath) {
    LossyFiles files;
    files.put("/d/x", "1");
    files.put("/d/y", "2");
    files.fail(
        {[](Operation operation, const std::string& path) { return operation == Operation::read && path == "/d/x"; },
         EIO, 1, 1});
    EXPECT_EQ(files.read("/d/x"), "1");
    EXPECT_EQ(files.read("/d/y"), "2");
    EXPECT_EQ(code_of([&] { (void)files.read("/d/x"); }), EIO);
    EXPECT_EQ(files.read("/d/x"), "1");
    files.fail_operation(Operation::create, EROFS, UINT64_MAX);
    EXPECT_EQ(code_of([&] { write_file(files, "/d/z", ""); }), EROFS);
    files.mend();
    EXPECT_NO_THROW(write_file(files, "/d/z", ""));
}

TEST(LossyFiles, SpaceRunsOut) {
    LossyFiles files;
    files.put("/d/x", text('o', 100));
    files.limit_space(150);
    EXPECT_EQ(files.free_bytes("/d"), 50U);
    const auto file = files.open("/d/x", OpenMode::read_write);
    EXPECT_NO_THROW(file->write_at(0, text('n', 100))) << "what is there may be written over";
    EXPECT_EQ(code_of([&] { file->write_at(100, text('n', 60)); }), ENOSPC);
    files.unlink("/d/x");
    EXPECT_EQ(files.free_bytes("/d"), 150U);
}

TEST(LossyFiles, HardLinksShareTheFile) {
    LossyFiles::Options options;
    options.links_limit = 2;
    LossyFiles files(options);
    files.put("/d/x", "abc");
    EXPECT_EQ(files.link("/d/x", "/d/y"), LinkOutcome::done);
    EXPECT_EQ(files.link("/d/x", "/d/y"), LinkOutcome::exists);
    EXPECT_EQ(files.link("/d/x", "/d/z"), LinkOutcome::too_many_links);
    EXPECT_EQ(files.info("/d/y")->links, 2U);
    files.sync_directory("/d");
    files.rename("/d/x", "/d/y");
    EXPECT_EQ(files.info("/d/x")->inode, files.info("/d/y")->inode) << "POSIX: rename onto another link does nothing";
    files.unlink("/d/x");
    EXPECT_EQ(files.info("/d/y")->links, 1U);
    files.restart(Restart::forget);
    EXPECT_EQ(files.info("/d/y")->links, 2U);
}

TEST(LossyFiles, LocksBelongToTheOpenFile) {
    LossyFiles files;
    files.put("/lock", "");
    const auto one = files.open("/lock", OpenMode::read_write);
    const auto two = files.open("/lock", OpenMode::read_write);
    one->lock();
    EXPECT_FALSE(two->try_lock());
    EXPECT_THROW(two->lock(), std::logic_error) << "it would wait for itself";
    std::thread other([&] { two->lock(); });
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    one->unlock();
    other.join();
    EXPECT_FALSE(one->try_lock());
}

TEST(LossyFiles, AClosedFileLetsItsLockGo) {
    LossyFiles files;
    files.put("/lock", "");
    files.open("/lock", OpenMode::read_write)->lock();
    EXPECT_TRUE(files.open("/lock", OpenMode::read_write)->try_lock());
}

TEST(LossyFiles, TimesStandStillUnlessMoved) {
    LossyFiles files;
    files.put("/d/x", "");
    const auto before = files.info("/d")->modified_ns;
    write_file(files, "/d/y", "");
    EXPECT_EQ(files.info("/d")->modified_ns, before);
    files.advance(std::chrono::seconds(3));
    write_file(files, "/d/z", "");
    EXPECT_EQ(files.info("/d")->modified_ns, before + 3'000'000'000);
    EXPECT_EQ(unix_seconds(files.clock().now()), before / 1'000'000'000 + 3);
    files.set_modified("/d/z", 5);
    EXPECT_EQ(files.info("/d/z")->modified_ns, 5);
    files.restart(Restart::forget);
    EXPECT_EQ(files.info("/d")->modified_ns, before);
}

TEST(LossyFiles, CountsCallsAndOctets) {
    LossyFiles files;
    files.put("/d/x", "");
    files.reset_counters();
    files.replace("/d/x", "12345");
    const auto counters = files.counters();
    EXPECT_EQ(counters.syncs(), 2U);
    EXPECT_EQ(counters.of(Operation::sync), 1U);
    EXPECT_EQ(counters.of(Operation::sync_directory), 1U);
    EXPECT_EQ(counters.of(Operation::rename), 1U);
    EXPECT_EQ(counters.octets_written, 5U);
}

TEST(LossyFiles, SlowCallsTakeTheirTime) {
    LossyFiles files;
    files.put("/d/x", "");
    files.slow(std::chrono::milliseconds(20));
    const auto begin = std::chrono::steady_clock::now();
    (void)files.info("/d/x");
    EXPECT_GE(std::chrono::steady_clock::now() - begin, std::chrono::milliseconds(20));
}

}  // namespace
}  // namespace md::test
